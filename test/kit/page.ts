import { SaxesParser } from 'saxes';

/** What a browser would make of a page: elements, attributes and texts, by a parser that is not ours. Throws for what is not well formed. */
export const elementsOf = (html: string) => {
  const body = html.slice(html.indexOf('<body>'), html.indexOf('</html>'));
  const elements: { name: string; attributes: Record<string, string> }[] = [];
  const texts: string[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => elements.push({ name, attributes: { ...attributes } }));
  parser.on('text', (text) => texts.push(text));
  parser.on('error', (error) => {
    throw error;
  });
  const xml = body.replace(/(<details(?: [a-z-]+="[^"]*")*) open/g, '$1 open="open"');
  parser
    .write(
      xml
        .replace(/<(br|hr)>/g, '<$1/>')
        .replaceAll('&nbsp;', '&#160;')
        .replaceAll(']]>', ']]&gt;'),
    )
    .close();
  return { elements, text: texts.join('').replaceAll(/\s+/g, ' ') };
};
