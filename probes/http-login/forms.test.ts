import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPage } from '../../src/observe/protocols/html-page.ts';
import { asksNewPassword, filled, isIntercepted, loginFormOf, whyNotSent } from './form.ts';

const type = (html: string, user = 'ann', secret = 'p&w', charset = 'utf-8') => {
  const login = loginFormOf(readPage(html))!;
  const { query, body } = filled(login, { user, secret }, charset, 'mark');
  return query ?? body!.toString('latin1');
};
const field = '<input name=u><input type=password name=p>';

describe('what a login form sends', () => {
  it.each([
    [
      'no quotes, entities',
      `<form method=post><input type=hidden name=t value=a&amp;b&#x41;>${field}`,
      't=a%26bA&u=ann&p=p%26w',
    ],
    [
      'the first button',
      `<form method=post>${field}<button name=b value=1></button><input type=submit name=c value=2>`,
      'u=ann&p=p%26w&b=1',
    ],
    ['a picture as button', `<form method=post>${field}<input type=image name=go>`, 'u=ann&p=p%26w&go.x=1&go.y=1'],
    [
      'a chosen option',
      `<form method=post><select name=l><option value=a><option value=b selected></select>${field}`,
      'l=b&u=ann&p=p%26w',
    ],
    [
      'the first option, by its text',
      `<form method=post><select name=l><option> de <option>en</select>${field}`,
      'l=de&u=ann&p=p%26w',
    ],
    [
      'what is ticked',
      `<form method=post><input type=checkbox name=x checked><input type=checkbox name=y><input type=radio name=z value=1><input type=radio name=z value=2 checked>${field}`,
      'x=on&z=2&u=ann&p=p%26w',
    ],
    [
      'what is not sent',
      `<form method=post><input name=d value=1 disabled><input type=file name=f><input type=reset name=r>${field}`,
      'u=ann&p=p%26w',
    ],
    [
      'fields that name their form',
      `<form id=f method=post></form><input name=u form=f><input type=password name=p form=f>`,
      'u=ann&p=p%26w',
    ],
    ['by GET', `<form>${field}</form>`, 'u=ann&p=p%26w'],
    ['lines', `<form method=post enctype=text/plain>${field}`, 'u=ann\r\np=p&w\r\n'],
    [
      'parts',
      `<form method=post enctype=multipart/form-data>${field}`,
      '--mark\r\nContent-Disposition: form-data; name="u"\r\n\r\nann\r\n--mark\r\nContent-Disposition: form-data; name="p"\r\n\r\np&w\r\n--mark--\r\n',
    ],
    [
      'the user by its name, not by its place',
      `<form method=post><input name=site><input type=password name=p><input name=login_user>`,
      undefined,
    ],
    [
      'a comment and a script that hold forms',
      `<!-- <form><input type=password> --><script>"<form>"</script><form method=post>${field}`,
      'u=ann&p=p%26w',
    ],
    ['a form within a form', `<form method=post action=/a><form action=/b>${field}</form>`, 'u=ann&p=p%26w'],
  ])('%s', (_name, html, sent) => {
    if (sent === undefined) expect(loginFormOf(readPage(html))).toBeUndefined();
    else expect(type(html)).toBe(sent);
  });

  it('in the page’s charset, what it lacks as a reference', () => {
    expect(type(`<form method=post>${field}`, 'é', '€', 'iso-8859-1')).toBe('u=%E9&p=%26%238364%3B');
    expect(type(`<form method=post>${field}`, 'é', '€\0\n')).toBe('u=%C3%A9&p=%E2%82%AC%00%0A');
  });
});

describe('what a page is', () => {
  it.each([
    ['one password', `<form>${field}</form>`, true, false],
    ['two', `<form>${field}<input type=password name=q></form>`, false, true],
    ['a new one', '<form><input type=password name=p autocomplete=new-password></form>', false, true],
    ['a key', '<form><input name=ssid><input type=password name=key></form>', false, false],
    ['a dial-up', '<form action=/goform/setWan><input name=user><input type=password name=p></form>', false, false],
    ['mail', '<form><input name=smtp_user><input type=password name=smtp_pass></form>', false, false],
    ['what is saved', `<form>${field}<button> Save </button></form>`, false, false],
    ['what is filled in', '<form><input name=u><input type=password name=p value="***"></form>', false, false],
    [
      'what sets a session',
      `<form action=/session/create>${field}<input type=submit value="Log in"></form>`,
      true,
      false,
    ],
    [
      'settings with a key',
      '<form><input name=ssid><input name=host><input type=password name=key></form>',
      false,
      false,
    ],
  ])('%s', (_name, html, isLogin, isNew) => {
    const page = readPage(html);
    expect([loginFormOf(page) !== undefined, asksNewPassword(page)]).toEqual([isLogin, isNew]);
  });

  it('says where it leads, and what it is made of', () => {
    const page = readPage(
      '<base href="/x/"><meta http-equiv=Refresh content="0;URL=\'/a\'"><meta name=csrf-token content=t1><meta charset=latin1><frame src=/b><iframe src=/c></iframe><a href=/d>d</a><script>top.location.href = "/e";</script><script src=f.js></script>',
    );
    expect(page).toMatchObject({
      base: '/x/',
      leads: ['/a', '/e'],
      frames: ['/b', '/c'],
      links: ['/d'],
      tokens: [['csrf-token', 't1']],
      charset: 'latin1',
    });
    expect(page.scripts.map(({ src }) => src)).toEqual(['', 'f.js']);
  });
});

describe('what a script does', () => {
  it.each([
    ['hashes in a file', '<script src=/js/md5.min.js></script>', '', /hash/],
    ['hashes in its words', '<script>f.p.value = CryptoJS.SHA256(x)</script>', '', /hash/],
    ['a hidden hash', '<input type=hidden name=challenge>', '', /hash/],
    ['sends by itself', '', 'action="JavaScript:go()"', /script/],
    ['nothing of it', '<script>var x = 1; focus();</script>', 'method=post action=/login', undefined],
  ])('%s', (_name, more, attributes, why) => {
    const page = readPage(`<form ${attributes}>${more}${field}</form>`);
    const said = whyNotSent(loginFormOf(page)!, page);
    if (why) expect(said).toMatch(why);
    else expect([said, isIntercepted(loginFormOf(page)!, page)]).toEqual([undefined, false]);
  });

  it('a password field outside of any form is a script’s', () => {
    const page = readPage(`<div>${field}</div>`);
    expect(whyNotSent(loginFormOf(page)!, page)).toMatch(/no form/);
  });
});

describe('hostile pages', () => {
  const piece = fc.constantFrom(
    ...[
      '<',
      '>',
      '"',
      "'",
      '=',
      '/',
      '<form',
      '</form>',
      '<input type=password name=',
      '<!--',
      '-->',
      '<script',
      '</script',
      '<select>',
      '<option',
      '<textarea',
      '&#',
      '&#x110000;',
      '<meta http-equiv=refresh content="0;',
      ' a',
      '\0',
      'location="',
      '<base href=',
      'é',
    ],
  );

  it('are read without a throw, and kept within bounds', () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 60 }), (pieces) => {
        const page = readPage(pieces.join(''));
        const login = loginFormOf(page);
        if (login) filled(login, { user: 'u', secret: 's' }, page.charset, 'mark');
        return page.forms.length <= 301 && page.links.length <= 300;
      }),
      { numRuns: 200 },
    ));

  it.each([
    '<',
    '<a ',
    '<input a="',
    '<!--',
    '<script>',
    '<textarea>',
    '<form>',
    '<option>',
    '<meta http-equiv=refresh content=0;',
    '</select',
    '<input type=password name=x>',
    '<iframe',
    '<p a=b ',
    '<script>location="',
    '&#38;',
  ])('a megabyte of %s is read in a bounded time', (unit) => {
    const started = performance.now();
    const page = readPage(`<form>${unit.repeat(Math.ceil(1_048_576 / unit.length))}`);
    loginFormOf(page);
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
