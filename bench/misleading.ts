import type { Service, TcpService } from '../fixtures/service.ts';
import {
  acceptAnything,
  bareShell,
  ftp,
  type HttpOptions,
  http,
  lockOutAfter,
  rtsp,
  ssh,
  telnet,
  tooMany,
} from '../fixtures/services/index.ts';

/** A server that misleads, the probe that asks it, and what another tool is told to do there; absent: it cannot. */
export interface Misleading {
  readonly name: string;
  readonly service: Service;
  readonly probe: string;
  hydra?(port: number, list: string): string[];
  medusa?(port: number, list: string): string[];
}

const hydraWith =
  (...module: string[]) =>
  (port: number, list: string): string[] => [
    '-I',
    '-t',
    '4',
    '-l',
    'admin',
    '-P',
    list,
    '-s',
    String(port),
    '127.0.0.1',
    ...module,
  ];
const medusaWith =
  (...module: string[]) =>
  (port: number, list: string): string[] => [
    '-h',
    '127.0.0.1',
    '-n',
    String(port),
    '-u',
    'admin',
    '-P',
    list,
    '-t',
    '4',
    '-M',
    ...module,
  ];

const accounts = { admin: 'nobody tries this' };
const pages = { '/': '<html><title>Camera</title><p>Live picture</p></html>' };
const basic = (more: HttpOptions = {}): TcpService =>
  http({ pages, challenge: { scheme: 'basic', accounts }, ...more });
const form = (more: Partial<NonNullable<HttpOptions['form']>> = {}, rest: HttpOptions = {}): TcpService =>
  http({ pages, form: { accounts, ...more }, ...rest });

const overHttp = { probe: 'http-login', hydra: hydraWith('http-get', '/'), medusa: medusaWith('http') };
// As its users write it: a page that does not show the form again is a success.
const overForm = {
  probe: 'http-login',
  hydra: hydraWith('http-post-form', '/login:username=^USER^&password=^PASS^:F=password'),
  medusa: medusaWith(
    'web-form',
    '-m',
    'FORM:login',
    '-m',
    'DENY-SIGNAL:password',
    '-m',
    'FORM-DATA:post?username=&password=',
  ),
};
const overTelnet = { probe: 'telnet-login', hydra: hydraWith('telnet'), medusa: medusaWith('telnet') };
const overSsh = { probe: 'ssh-login', hydra: hydraWith('ssh'), medusa: medusaWith('ssh') };
const overFtp = { probe: 'ftp-access', hydra: hydraWith('ftp'), medusa: medusaWith('ftp') };
const overRtsp = { probe: 'rtsp-access', hydra: hydraWith('rtsp') };

/** The servers; every password of theirs is another than those tried. */
export const misleading: readonly Misleading[] = [
  { name: 'a page without a login', service: http({ pages }), ...overHttp },
  { name: 'Basic that accepts anything', service: acceptAnything(basic()), ...overHttp },
  { name: '401 then 403', service: lockOutAfter(basic({ lockAnswer: 'forbidden' }), 3), ...overHttp },
  { name: '401 then 429', service: lockOutAfter(basic({ lockAnswer: 'too-many' }), 3), ...overHttp },
  { name: '401 then 200 "locked"', service: lockOutAfter(basic({ lockAnswer: 'page' }), 3), ...overHttp },
  { name: '401 then 302', service: lockOutAfter(basic({ lockAnswer: 'redirect' }), 3), ...overHttp },
  { name: '429 after six requests', service: tooMany(basic(), 6), ...overHttp },
  { name: 'Basic, an account locks after three', service: lockOutAfter(basic(), 3, { per: 'account' }), ...overHttp },
  { name: 'a form that accepts anything', service: acceptAnything(form()), ...overForm },
  { name: 'a form with a token of one use', service: form({ csrf: true }), ...overForm },
  { name: 'a form that redirects after a failure', service: form({ failure: 'redirect' }), ...overForm },
  { name: 'a form, then 200 "locked"', service: lockOutAfter(form({}, { lockAnswer: 'page' }), 3), ...overForm },
  { name: 'a form, then 429', service: lockOutAfter(form({}, { lockAnswer: 'too-many' }), 3), ...overForm },
  { name: 'a form, then 302', service: lockOutAfter(form({}, { lockAnswer: 'redirect' }), 3), ...overForm },
  { name: 'SSH that takes any password', service: acceptAnything(ssh({ accounts })), ...overSsh },
  { name: 'SSH that locks after three', service: lockOutAfter(ssh({ accounts }), 3), ...overSsh },
  { name: 'Telnet that takes any password', service: acceptAnything(telnet({ accounts })), ...overTelnet },
  { name: 'Telnet that locks after three', service: lockOutAfter(telnet({ accounts }), 3), ...overTelnet },
  { name: 'a bare shell where Telnet is expected', service: bareShell(), ...overTelnet },
  { name: 'FTP that takes any password', service: acceptAnything(ftp({ accounts })), ...overFtp },
  { name: 'FTP that locks after three', service: lockOutAfter(ftp({ accounts }), 3), ...overFtp },
  { name: 'RTSP without a login', service: rtsp(), ...overRtsp },
];
