import { render } from 'preact-render-to-string';
import { STYLE } from './style.ts';
import { visible } from './text.ts';

/**
 * A whole HTML document around an already rendered body. Its content policy allows nothing but its own style, should
 * anything ever slip through the escaping. `more`: style of this page alone.
 */
export const page = (title: string, body: string, more = ''): string =>
  `<!doctype html>\n<html lang="en">${render(
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="no-referrer" />
      <title>{visible(title, 200)}</title>
    </head>,
  ).replace('</head>', () => `<style>${STYLE}${more}</style></head>`)}<body>${body}</body></html>\n`;
