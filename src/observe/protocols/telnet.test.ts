import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastLine, promptOf, TelnetStream } from './telnet.ts';

describe('TelnetStream', () => {
  it.each([
    ['plain text', '68656c6c6f', 'hello', ''],
    ['WILL ECHO is accepted', 'fffb01', '', 'fffd01'],
    ['WILL SGA is accepted', 'fffb03', '', 'fffd03'],
    ['WILL anything else is refused', 'fffb05', '', 'fffe05'],
    ['DO TTYPE is refused', 'fffd18', '', 'fffc18'],
    ['DO SGA is accepted', 'fffd03', '', 'fffb03'],
    ['WONT and DONT need no answer', 'fffc01fffe18', '', ''],
    ['an escaped IAC is text', 'ffff41', '\xffA', ''],
    ['a subnegotiation is left out', '41fffa1801fff042', 'AB', ''],
    ['NOP is left out', '41fff142', 'AB', ''],
  ])('%s', (_name, sent, text, reply) => {
    const taken = new TelnetStream().take(Buffer.from(sent, 'hex'));
    expect({ text: taken.text, reply: taken.reply.toString('hex') }).toEqual({ text, reply });
  });

  it('answers an option once', () => {
    const stream = new TelnetStream();
    const replies = Array.from({ length: 50 }, () => stream.take(Buffer.from('fffb01fffd18', 'hex')).reply.length);
    expect(replies.reduce((a, b) => a + b)).toBe(6);
  });

  it('reads the same whatever way the bytes are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), (bytes, cut) => {
        const whole = new TelnetStream().take(Buffer.from(bytes));
        const stream = new TelnetStream();
        const first = stream.take(Buffer.from(bytes.subarray(0, cut)));
        const second = stream.take(Buffer.from(bytes.subarray(cut)));
        expect(first.text + second.text).toBe(whole.text);
        expect(Buffer.concat([first.reply, second.reply])).toEqual(whole.reply);
      }),
    );
  });

  it('does not keep a subnegotiation without end', () => {
    const stream = new TelnetStream();
    stream.take(Buffer.concat([Buffer.from('fffa18', 'hex'), Buffer.alloc(10_000, 65)]));
    expect(stream.take(Buffer.from('login: ')).text).toBe('login: ');
  });
});

describe('promptOf', () => {
  it.each([
    ['camera login: ', 'login'],
    ['Welcome\r\n\r\nLogin:', 'login'],
    ['Username: ', 'login'],
    ['User Name:', 'login'],
    ['\r\nuser> ', 'login'],
    ['Account:', 'login'],
    ['Password: ', 'password'],
    ['login: root\r\nPassword:', 'password'],
    ["root's password: ", 'password'],
    ['Enter new UNIX password: ', 'password'],
    ['Enter PIN: ', 'password'],
    ['login as: ', 'login'],
    ['Benutzername: ', 'login'],
    ["Nom d'utilisateur : ", 'login'],
    ['Usuario:', 'login'],
    [Buffer.from('用户名：').toString('latin1'), 'login'],
    ['Passwort: ', 'password'],
    ['Mot de passe : ', 'password'],
    [Buffer.from('Contraseña: ').toString('latin1'), 'password'],
    ['Contrase\xf1a: ', 'password'],
    [Buffer.from('Пароль: ').toString('latin1'), 'password'],
    ['Main menu\r\n 1) Status\r\n 2) Reboot\r\nYour choice: ', 'menu'],
    ['[A] Status\r\n[B] Leave\r\nSelect an option> ', 'menu'],
    ['Your choice: ', undefined],
    ['Shipping: ', undefined],
    ['Welcome, please login: see the label\r\n', undefined],
    ['# ', 'shell'],
    ['\x1b[1;32mroot@cam\x1b[0m:~# ', 'shell'],
    ['BusyBox v1.30\r\n\r\n/ # ', 'shell'],
    ['router>', 'shell'],
    ['guest@host:/$ ', 'shell'],
    ['Last login: Mon Nov 22 on tty1\r\n', undefined],
    ['Login incorrect\r\n', undefined],
    ['Press any key', undefined],
    ['', undefined],
    [`${'x'.repeat(200)}#`, undefined],
  ])('%j', (text, expected) => {
    expect(promptOf(text)).toBe(expected);
  });
  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void promptOf(text)));
    expect(lastLine('a\r\nb')).toBe('b');
  });
});
