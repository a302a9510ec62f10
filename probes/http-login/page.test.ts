import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Header, HttpResponse } from '../../src/observe/protocols/http.ts';
import { classify, hasLoginForm, likeness, notNow } from './page.ts';

const page = (body: string, type = 'text/html', status = 200, headers: Header[] = []): HttpResponse => ({
  version: '1.1',
  status,
  reason: '',
  headers: [['Content-Type', type], ...headers],
  body: Buffer.from(body),
  ended: 'closed',
  milliseconds: 1,
});
const LOGIN =
  '<form method="post"><input name="u"><input type=password name="p"><input type="checkbox" name="keep"></form>';

describe('classify', () => {
  it.each([
    ['a landing page', page('<html><h1>Camera</h1><a href="/x">x</a></html>'), 'discovery recognised'],
    ['nothing', page(''), 'discovery recognised'],
    ['a login form', page(`<html>${LOGIN}</html>`), 'discovery recognised'],
    [
      'a login form without form tags',
      page('<html>User <input id=u> <input type="password" id="p"></html>'),
      'discovery recognised',
    ],
    ['a search form', page('<html><form method=post><input name=q></form></html>'), 'discovery recognised'],
    ['a language choice by GET', page('<html><form><select name=lang></select></form></html>'), 'discovery recognised'],
    [
      'a message to somebody',
      page('<html><form method=post><textarea name=m></textarea></form></html>'),
      'setting guessed',
    ],
    ['settings', page('<html><form method="POST"><input name="ntp" value="pool"></form></html>'), 'setting recognised'],
    [
      'settings with the key in a field',
      page('<html><form method=post><input name=psk value="horse-7"></form></html>'),
      'secret recognised',
    ],
    [
      'a masked key in a field',
      page('<html><form method=post><input name=psk value="********"></form></html>'),
      'setting recognised',
    ],
    [
      'a set-up of a first password',
      page('<html><form method=post><input type=password name=a><input type=password name=b></form></html>'),
      'setting guessed',
    ],
    [
      'settings of Wi-Fi, a name and a password',
      page('<html><form method=post><input name=ssid value=Home><input type=password name=pw></form></html>'),
      'setting recognised',
    ],
    [
      'the same by GET',
      page('<html><form action=/wifisave><input name=s id=ssid><input type=password name=p></form></html>'),
      'setting guessed',
    ],
    [
      'a login with words of settings and a name filled in',
      page(
        '<html><form method=post><input name=user value=admin><input type=password name=p><button>Connect</button></form></html>',
      ),
      'setting guessed',
    ],
    [
      'a login with a server beside the name',
      page(
        '<html><form method=post><input name=server value=a><input name=user value=admin><input type=password name=p><button>Login</button></form></html>',
      ),
      'setting guessed',
    ],
    ['words in a page are no secret', page('<html>Password: required</html>'), 'discovery recognised'],
    [
      'code in a page is no secret',
      page("<html><script>login({password: field.value, psk='x1234'})</script></html>"),
      'discovery recognised',
    ],
    [
      'a form in a comment',
      page('<html><!-- <form method=post><input name=x value=y></form> --></html>'),
      'discovery recognised',
    ],
    ['a folder', page('<html><title>Index of /</title></html>'), 'content recognised'],
    ['a folder, as Python shows it', page('<html><title>Directory listing for /</title></html>'), 'content recognised'],
    ['JSON that is called a page', page('{"wifi":{"ssid":"Home","psk":"horse-7"}}'), 'secret recognised'],
    [
      'a language choice by POST',
      page('<html><form method=post><select name=lang></select><input type=radio name=s value=1></form></html>'),
      'setting guessed',
    ],
    [
      'a login with the letters of a picture',
      page('<html><form method=post><input name=u><input name=captcha><input type=password name=p></form></html>'),
      'discovery recognised',
    ],
    ['a configuration', page('ssid=Home\npsk=horse-7\n', 'text/plain'), 'secret recognised'],
    ['an ini file', page('[user]\nadmin_password = admin\n', 'text/plain'), 'secret recognised'],
    ['JSON', page('{"wifi":{"ssid":"Home","psk":"horse-7"}}', 'application/json'), 'secret recognised'],
    ['JSON in camel case', page('{"adminPassword":"horse-7"}', 'application/json'), 'secret recognised'],
    ['JSON without the key', page('{"wifi":{"ssid":"Home","psk":"****"}}', 'application/json'), 'setting guessed'],
    ['XML', page('<config><wpa_key>horse-7</wpa_key></config>', 'text/xml'), 'secret recognised'],
    ['shadow', page('root:$1$abc$defghij:0:0::/:/bin/sh\n', 'text/plain'), 'secret recognised'],
    ['a private key', page('-----BEGIN RSA PRIVATE KEY-----\n', 'text/plain'), 'secret recognised'],
    ['a version', page('{"version":"1.2.3"}', 'application/json'), 'discovery recognised'],
    ['an update manifest', page('version=1.2\nsha256=ab12\n', 'text/plain'), 'discovery recognised'],
  ])('%s', (_name, response, expected) => {
    const { class: what, how } = classify(response);
    expect(`${what} ${how}`).toBe(expected);
  });

  it('never throws, whatever the page', () => {
    const part = fc.constantFrom(
      '<form method=post>',
      '<input ',
      'name="psk"',
      ' value=',
      '"',
      "'",
      '>',
      '</form>',
      'psk=',
      '{',
      ':',
      '\n',
      'x',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), fc.string(), (parts, text) => {
        for (const type of ['text/html', 'text/plain']) void classify(page(parts.join('') + text, type));
      }),
    );
  });

  it('takes no time over a long page', () => {
    const started = performance.now();
    for (const unit of ['psk=', 'a_', '<form>', '<input ', '"psk":', ' name="', '<!--', '<script>', 'account ']) {
      const long = unit.repeat(100_000 / unit.length);
      for (const type of ['text/html', 'text/plain']) {
        classify(page(long, type));
        notNow(page(long, type));
        hasLoginForm(long);
      }
    }
    expect(performance.now() - started).toBeLessThan(8000);
  });
});

describe('notNow', () => {
  it.each([
    ['a page', page('<html>hello</html>'), undefined],
    ['429', page('', '', 429), 'lock'],
    ['423', page('', '', 423), 'lock'],
    ['403', page('', '', 403), 'refuse'],
    ['503', page('', '', 503), 'refuse'],
    ['Retry-After', page('', '', 200, [['Retry-After', '60']]), 'lock'],
    ['a locked page', page('<h1>Your account is locked</h1>'), 'lock'],
    ['too many', page('Too many failed logins'), 'lock'],
    ['a redirect to a locked page', page('', '', 302, [['Location', '/locked']]), 'lock'],
    ['a redirect inside', page('', '', 302, [['Location', '/index.html']]), undefined],
    ['a door lock', page('<h1>Front door</h1> locked'), undefined],
    ['a warning of a lock', page('Wrong. Your account will be locked after 3 tries.'), undefined],
  ])('%s', (_name, response, expected) => {
    expect(notNow(response)).toBe(expected);
  });

  it('is nothing that is said without a login as well', () => {
    const words = '<p>The account is locked after 3 tries</p>';
    const before = page(words, 'text/html', 401, [['Retry-After', '5']]);
    expect(notNow(page(`${words}<p>Wrong</p>`, 'text/html', 401, [['Retry-After', '5']]), before)).toBeUndefined();
    expect(notNow(page(`${words}<p>Your account is locked</p>`), before)).toBe('lock');
  });
});

describe('likeness', () => {
  it('leaves out what varies by itself', () => {
    const at = (time: string, token: string) =>
      page(`<html><p>${time}</p><input value="${token}"><p>Settings</p></html>`);
    expect(likeness(at('12:01', 'a'.repeat(32)), at('13:59', 'b'.repeat(32)))).toBe(1);
    expect(likeness(page('<p>a</p>'), page('<p>b</p>'))).toBeLessThan(0.9);
  });
});
