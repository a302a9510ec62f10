import { visible } from './text.ts';

/** The style of every page: calm colours with at least 4.5:1 contrast in light and dark, and a print layout. */
export const STYLE = `
:root{color-scheme:light dark;
--paper:#fff;--sheet:#f6f7f9;--ink:#1b2430;--soft:#525d6c;--line:#d8dde5;--link:#1f4f8f;
--fail:#8f1d1d;--fail-bg:#fbe9e7;--open:#6d4700;--open-bg:#fdf1d8;--pass:#14532d;--pass-bg:#e4f3e9;--none:#465160;--none-bg:#eceff3;
--sans:"Inter","Segoe UI",system-ui,-apple-system,"Helvetica Neue","Noto Sans","DejaVu Sans",Arial,sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono","DejaVu Sans Mono",Menlo,Consolas,monospace}
@media (prefers-color-scheme:dark){:root{
--paper:#12161c;--sheet:#1a2028;--ink:#e6eaf0;--soft:#a4afbd;--line:#323b47;--link:#9cc3f5;
--fail:#ffb9b0;--fail-bg:#401d1b;--open:#f3cd84;--open-bg:#3b2d10;--pass:#a3dcb7;--pass-bg:#173324;--none:#c2cad5;--none-bg:#2a323d}}
*{box-sizing:border-box}
html{font-size:16px;-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:2.5rem 1.5rem 4rem;max-width:64rem;background:var(--paper);color:var(--ink);
font:400 1rem/1.55 var(--sans);overflow-wrap:anywhere}
h1,h2,h3,h4{line-height:1.25;font-weight:650;text-wrap:balance;margin:0}
h1{font-size:2.1rem;letter-spacing:-.015em}
h2{font-size:1.45rem;letter-spacing:-.01em}
h3{font-size:1.12rem;margin:2.2rem 0 .7rem}
h4{font-size:1rem;margin:0}
p{margin:.5rem 0;max-width:46rem}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.15em}
a:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code{font:400 .84em/1.45 var(--mono);overflow-wrap:anywhere}
.kicker{margin:0 0 .4rem;color:var(--soft);font-size:.9rem}
.sub{color:var(--soft)}
.note,.for,.expected,.basis,.what{color:var(--soft);font-size:.875rem}
.lead{color:var(--soft);margin:.3rem 0 1.2rem}
.attention{color:var(--fail)}
.simulated{display:inline-block;padding:.3rem .7rem;border-left:3px solid var(--open);background:var(--open-bg);color:var(--open);font-size:.925rem}
.unbuilt{margin:.4rem 0;padding-left:1.1rem;font-size:.925rem}
.part{margin-top:3.2rem;padding-top:1.4rem;border-top:2px solid var(--ink)}
.badge{display:inline-block;padding:.08rem .5rem;border-radius:.25rem;font-size:.8rem;font-weight:600;line-height:1.5;white-space:nowrap;
color:var(--none);background:var(--none-bg);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.badge.fail{color:var(--fail);background:var(--fail-bg)}
.badge.inconclusive{color:var(--open);background:var(--open-bg)}
.badge.pass{color:var(--pass);background:var(--pass-bg)}
.badge.not-assessed{background:none;box-shadow:inset 0 0 0 1px var(--line)}
.headline{display:grid;grid-template-columns:1fr 1fr;gap:0 3rem;margin:1.8rem 0 1.4rem;padding:1.3rem 1.5rem;background:var(--sheet);border-radius:.5rem;
print-color-adjust:exact;-webkit-print-color-adjust:exact}
.headline h2{font-size:1rem}
.figures{display:flex;flex-wrap:wrap;gap:.2rem 1.6rem;margin:.5rem 0}
.figures b{font-size:2rem;font-weight:650;line-height:1.2;font-variant-numeric:tabular-nums;margin-right:.15rem}
.figures .fail{color:var(--fail)}.figures .inconclusive{color:var(--open)}.figures .pass{color:var(--pass)}
.verdict{margin:.75rem 0}.verdict .badge{font-size:1.15rem;padding:.3rem .8rem}
nav ol{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin:0;padding:0;list-style:none;font-size:.925rem}
dl{margin:.4rem 0}
.row{display:grid;grid-template-columns:8.5rem 1fr;gap:0 1rem;padding:.12rem 0;font-size:.925rem}
.facts .row{padding:.4rem 0;border-bottom:1px solid var(--line)}
.facts{margin-bottom:1.6rem}
.facts .row:last-child{border-bottom:0}
dt{color:var(--soft)}
dd{margin:0;min-width:0}
.scroll{position:relative;overflow-x:auto;margin:.8rem 0 1.4rem}
table{border-collapse:collapse;width:100%;font-size:.925rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:.875rem;padding-bottom:.35rem}
th,td{text-align:left;vertical-align:top;padding:.42rem .9rem .42rem 0;border-bottom:1px solid var(--line)}
td:last-child,th:last-child{padding-right:0}
thead th{font-weight:600;white-space:nowrap;font-size:.85rem;color:var(--soft);border-bottom-color:var(--soft)}
tbody th{font-weight:400}
.tight{white-space:nowrap;width:1%}
.matrix table{width:auto;min-width:60%}
.matrix .group .note{font-weight:400;margin-left:.6rem}
.matrix .group th{font-weight:650;padding-top:1rem;border-bottom-color:var(--soft)}
.matrix a{color:inherit;text-decoration-color:var(--line)}
.lines table{table-layout:fixed;min-width:40rem}.lines th:nth-child(1){width:8.5rem}.lines th:nth-child(2){width:3.2rem}.lines th:nth-child(3){width:25%}
.lines thead th{padding-block:0;line-height:0;font-size:0}
.lines caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.numbers td:nth-child(n+2),.numbers th:nth-child(n+2){min-width:4.5rem}.numbers td.address{min-width:8rem}
.overview .heading td{font-weight:650;padding-top:.9rem}.overview table{min-width:52rem}.overview td{font-size:.875rem}
.overview td:nth-child(1){width:22%}.overview td:nth-child(3){width:16%}.overview td .plain{margin:0}.overview td .plain li{margin:0 0 .2rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.key{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;font-size:.925rem;max-width:none}
.cell{display:inline-block;position:relative;min-width:1.7rem;padding:.06rem .38rem;border-radius:.2rem;font-size:.78rem;line-height:1.5;text-align:center;text-decoration:none;white-space:nowrap;
color:var(--none);background:var(--none-bg);font-variant-numeric:tabular-nums;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.cell.fail{color:var(--fail);background:var(--fail-bg)}.cell.inconclusive{color:var(--open);background:var(--open-bg)}.cell.pass{color:var(--pass);background:var(--pass-bg)}
.cell.not-assessed,.cell.absent{background:none;box-shadow:inset 0 0 0 1px var(--line)}
a.cell:hover{text-decoration:underline}
.cells{display:flex;flex-wrap:wrap;gap:.25rem}
.grid tbody th{min-width:9rem;width:32%}.grid td{min-width:9rem}
.picture svg{display:block;width:100%;min-width:34rem;max-width:46rem;height:auto;font:400 11px var(--sans)}
.picture text{fill:var(--ink)}.picture .small{fill:var(--soft);font-size:9px}.picture .title{font-weight:650;font-size:13px}
.picture .box{fill:var(--sheet);stroke:var(--soft);stroke-width:1.5}.picture .head{fill:var(--paper);stroke:var(--soft);stroke-width:1.5}
.picture .undeclared{stroke:var(--fail);stroke-width:2}.picture line{stroke:var(--soft);stroke-width:1.5}
.picture .clear{stroke:var(--open);stroke-width:2;stroke-dasharray:6 4}.picture .unknown{stroke-dasharray:1.5 4}
.ports table{min-width:46rem}.ports .group th{font-weight:650;padding-top:1rem;border-bottom-color:var(--soft)}.ports .group .note{font-weight:400;margin-left:.6rem}
.carrier{margin:1.4rem 0;padding:1rem 1.2rem 1.1rem;border:1px solid var(--line);border-left:4px solid var(--soft);border-radius:.4rem}
.carrier.fails{border-left-color:var(--fail)}.carrier h3{margin:0}.carrier h3 .note{font-weight:400;margin-left:.4rem}.carrier h4{margin:1.1rem 0 .4rem}
.gets{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.5rem 1.2rem;margin:.3rem 0 .5rem}
.gets div{padding:.5rem .8rem;border-radius:.3rem;background:var(--sheet);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.gets dt{font-size:.8rem}.gets dd{font-size:.925rem}
.strands th{width:7.5rem;font-weight:600}.strands td:nth-child(3){width:19rem;font-size:.875rem}.strands tr:last-child>*{border-bottom:0}
.strands .says{margin:0 0 .25rem;font-size:.925rem}.says.weak{color:var(--fail)}.strands .plain{margin:0}.strands .plain li{margin:0 0 .3rem}
.asks{display:block;margin:.1rem 0 0;padding-left:.7rem;border-left:2px solid var(--line);color:var(--soft)}.asks .badge{font-size:.72rem;padding:0 .35rem}.asks>span{display:inline-block;margin-right:.4rem}
.chips{display:flex;flex-wrap:wrap;gap:.25rem .3rem;margin:0;padding:0;list-style:none}.chips.key{align-items:center;margin:.6rem 0}
.chip{padding:.05rem .45rem;border-radius:.25rem;border:1px solid transparent;font-size:.8rem;line-height:1.55;color:var(--none);background:var(--none-bg);overflow-wrap:anywhere;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.chip.weak{color:var(--fail);background:var(--fail-bg);border-color:var(--fail);font-weight:600}.chip.offers{background:none;border-color:var(--line);color:var(--soft);text-decoration:line-through}
.chip.flaws{background:none;border-color:var(--line);color:var(--soft)}.chip.untold{background:none;border:1px dashed var(--open);color:var(--open)}.chip .of{font-weight:400;opacity:.9}
.listing{margin:0 0 .5rem}.listing:last-child{margin-bottom:0}.listing .list{display:block;font-size:.8rem;font-weight:600;color:var(--soft);margin-bottom:.15rem}.listing .list .note{font-weight:400;font-size:.8rem}
.listing .note{margin:.1rem 0}.listing details{margin:.25rem 0}.listing summary{font-size:.85rem;color:var(--soft)}.listing details>.chips{margin-top:.3rem}
.seen{font-size:.925rem;margin:0}.seen li{margin:.1rem 0}.lines .remedy{font-size:.875rem;margin:.35rem 0 0;padding-top:.35rem}
.depth-1{padding-left:1.1rem}.depth-2{padding-left:2.2rem}.depth-3{padding-left:3.3rem}.depth-4{padding-left:4.4rem}
.check{margin:1.5rem 0 2rem}
.check h4 code{font-weight:400;color:var(--soft);margin-left:.35rem}
.results{display:flex;flex-wrap:wrap;gap:.25rem 1.2rem;font-size:.925rem;margin:.35rem 0 .6rem}
.finding,.criterion{margin:.8rem 0;padding:.85rem 1.1rem .9rem;border:1px solid var(--line);border-radius:.4rem;background:var(--paper)}
.finding.fail,.criterion.fail{border-color:var(--fail)}
.finding .because,.criterion .because{font-size:1.03rem;margin:.45rem 0}
.place{margin:0}
.name{color:var(--soft);font-variant-numeric:tabular-nums;font-size:.875rem}
.remedy{margin:.6rem 0 0;padding-top:.6rem;border-top:1px dashed var(--line);color:var(--soft);font-size:.925rem}
.text{color:var(--soft)}
.reading{font-size:.925rem}
details>summary{cursor:pointer}details>summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.group{margin:1rem 0}.group>summary{padding:.5rem 0;border-bottom:1px solid var(--soft)}
.group>.criterion{margin-left:.2rem}
.criterion>summary b,.group>summary b{font-weight:600;margin:0 .25rem}
.criterion:not([open]){padding:.45rem 1.1rem;border-style:dashed}
.reach{font-size:.925rem;color:var(--soft)}.reach b{font-weight:600}
.folded{margin:.7rem 0 0}
.about,.layer{margin-top:.6rem;font-size:.925rem}.about>summary,.layer>summary{color:var(--soft)}
.said table{min-width:40rem}.said td:first-child{min-width:7.5rem}
.plain{list-style:none;margin:.2rem 0;padding:0}.plain li{margin:.25rem 0}
.decided{margin:.5rem 0;padding:.35rem .8rem;border-left:3px solid var(--line);font-size:.925rem;background:var(--sheet)}
.decided.in-force,.decided.withdrawn{border-left-color:var(--open)}
.struck .badge,.struck .because{text-decoration:line-through}.finding.struck{border-color:var(--line);border-style:dashed}
.decisions{font-size:.925rem}
.levels{margin:1rem 0}.level{display:grid;grid-template-columns:14rem 1fr;gap:0 1.5rem;padding:.8rem 0;border-top:1px solid var(--line)}
.level dt{color:var(--ink)}.standing{color:var(--none)}.standing.not-met{color:var(--fail)}.standing.open{color:var(--open)}
.tree,.tree ul{padding-left:1.1rem}.tree li{margin:.35rem 0}.marks{list-style:square;font-size:.925rem}
.attestation{margin:.8rem 0;padding:.85rem 1.1rem .9rem;border:1px solid var(--line);border-radius:.4rem}
.component{margin-top:.7rem;padding-top:.6rem;border-top:1px solid var(--line)}
.component p{margin:0 0 .3rem}
.missing{font-size:.925rem}.component.missing{padding-left:0;list-style:none}.missing,.todo ul{margin:.4rem 0;padding-left:1.1rem}
.missing li,.todo li{margin:.2rem 0}
.for{margin-left:.5rem}
.rule{padding-left:1.2rem;max-width:46rem}
.rule li{margin:.45rem 0}
.attempt{margin:1.1rem 0}
.attempt h4{font-weight:600}
.attempt p{margin:.15rem 0}
.attempt ul{margin:.4rem 0;padding-left:1.1rem}
.attempt li{margin:.35rem 0;font-size:.925rem}
body:has(.wide){max-width:88rem}
.failed{color:var(--fail);font-weight:600}.open{color:var(--open)}.passed{color:var(--pass)}
.device{margin:1rem 0;padding:.85rem 1.1rem .9rem;border:1px solid var(--line);border-radius:.4rem;break-inside:avoid}
.device h3{margin:0 0 .2rem}.device h3 code{font-weight:400;color:var(--soft);margin-left:.35rem}.device .note{margin:.15rem 0}
.across table{width:auto}.across th,.across td{padding:.28rem .4rem;vertical-align:middle}.across td{text-align:center}
.across tbody th{min-width:15rem;max-width:22rem;padding-left:0}.across th:first-child{position:sticky;left:0;background:var(--paper);z-index:1;padding-right:.8rem}
.across thead th{vertical-align:bottom;white-space:normal}.upright{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);max-height:11rem;overflow:hidden;text-align:left;line-height:1.2}
.across .group>*{border-bottom-color:var(--soft);padding-top:.8rem;font-weight:650}.across .counts{font-size:.75rem;line-height:1.35;white-space:nowrap}
.count.fail{color:var(--fail)}.count.inconclusive{color:var(--open)}.count.pass{color:var(--pass)}
.assessment{margin-bottom:.5rem}
.side{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.6rem 1.6rem;margin:0;padding:0;list-style:none}.side .assessment{padding-top:.5rem;border-top:1px solid var(--line)}
:target{outline:2px solid var(--link);outline-offset:4px;border-radius:.2rem}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.875rem}
@media screen and (max-width:44rem){.matrix tbody th,.overview td:nth-child(2){min-width:9.5rem}.matrix .badge,.overview .badge{font-size:.72rem;padding:.05rem .3rem}
body{padding:1.4rem 1rem 3rem}.across tbody th{min-width:8.5rem;max-width:8.5rem;font-size:.8rem}.across td{padding:.28rem .25rem}h1{font-size:1.6rem}.headline{grid-template-columns:1fr;gap:1.3rem;padding:1.1rem}
.carrier{padding:.8rem .8rem .9rem}.strands,.strands tbody,.strands tr,.strands th,.strands td{display:block;width:auto}.strands th,.strands td,.strands td:nth-child(3){width:auto;border-bottom:0;padding:.15rem 0}.strands tr{padding:.5rem 0;border-bottom:1px solid var(--line)}
.row,.level{grid-template-columns:1fr;padding:.3rem 0}.figures b{font-size:1.6rem}}
@page{size:A4;margin:18mm 16mm 20mm;@bottom-right{content:counter(page) " / " counter(pages);font:9pt sans-serif;color:#525d6c}}
@media print{:root{color-scheme:light;
--paper:#fff;--sheet:#f6f7f9;--ink:#1b2430;--soft:#525d6c;--line:#c9d0da;--link:#1b2430;
--fail:#8f1d1d;--fail-bg:#fbe9e7;--open:#6d4700;--open-bg:#fdf1d8;--pass:#14532d;--pass-bg:#e4f3e9;--none:#465160;--none-bg:#eceff3}
html{font-size:10.5pt}body{padding:0;max-width:none}nav{display:none}
details::details-content{content-visibility:visible;block-size:auto}summary{list-style:none}
h2,h3,h4,.place,caption,summary{break-after:avoid}.finding,.carrier h3,.gets,tr,.attempt li,.component,.attestation,.level{break-inside:avoid}
.scroll{overflow:visible}a{text-decoration:none}.part{margin-top:2rem}#found,#criteria,#observations{break-before:page}thead{display:table-header-group}}
`;

/** What is wide is printed across. */
export const LANDSCAPE = '@page{size:A4 landscape}@media print{.across{font-size:8pt}.across tbody th{min-width:9rem}}';

/** A text as a CSS string: everything but letters, digits and a few plain marks by its number, so that it ends nothing. */
const cssString = (text: string): string =>
  `"${text.replace(/[^A-Za-z0-9 .:/-]/gu, (character) => `\\${(character.codePointAt(0) ?? 0xfffd).toString(16)} `)}"`;

/** What stands at the foot of every printed page, beside its number. */
export const runningFoot = (words: string): string =>
  `@page{@bottom-left{content:${cssString(visible(words, 200))};font:9pt sans-serif;color:#525d6c}}\n`;
