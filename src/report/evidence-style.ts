/** What the evidence page has beyond the style of every page. */
export const EVIDENCE_STYLE = `
body{max-width:88rem}
.file{margin:1.4rem 0;padding:.85rem 1.1rem .9rem;border:1px solid var(--line);border-radius:.4rem}
.file h4{font-weight:600}
.file>p,.file>ul{font-size:.925rem;margin:.25rem 0}.file ul{padding-left:1.1rem}
.said{list-style:none;margin:.8rem 0 0;padding:0}
.file>ol.said{padding:0}
.said>li{margin:.55rem 0;padding:.3rem .7rem .45rem;border:1px solid var(--line);border-radius:.4rem;background:var(--sheet);break-inside:auto}
.said>.sent{margin-right:12%;border-left:4px solid var(--link)}
.said>.received{margin-left:12%;border-right:4px solid var(--ink)}
.said>.note,.said>.left-out{margin-left:6%;margin-right:6%;border-style:dashed;background:none;font-size:.875rem}
.when{margin:0;font-size:.825rem;color:var(--soft);max-width:none}.when b{color:var(--ink);font-weight:600}
.panes{display:grid;grid-template-columns:minmax(0,1fr) 27.5rem;gap:0 1.2rem;align-items:start}
.panes pre,.file>pre{margin:.2rem 0 0;font:400 .75rem/1.45 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere;min-width:0}
.panes .text{color:var(--ink)}.panes .hex{color:var(--soft)}
.panes .mark{grid-column:1/-1}
.mark{margin:.25rem 0}
mark{padding:.05rem .4rem;border:1px solid var(--open);border-radius:.2rem;background:var(--open-bg);color:var(--open);font-size:.825rem;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.unshown{font-size:.925rem;margin:.2rem 0}
@media (max-width:62rem){.panes{grid-template-columns:minmax(0,1fr)}.panes .hex{border-top:1px dashed var(--line);padding-top:.2rem}}
@media (max-width:32rem){.file{padding:.6rem .6rem}.said>.sent{margin-right:4%}.said>.received{margin-left:4%}.panes pre{font-size:.68rem}}
@media print{.panes{grid-template-columns:minmax(0,1fr) 24rem}.panes pre,.file>pre{font-size:.62rem}.file{border-color:#999}}
`;
