import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import httpLogin from '../../probes/http-login/probe.ts';
import { everythingSaid, observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';

const why = missing();
const right = 'meinsm&99';
const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: right },
];
const lab: { it?: Lab } = {};

/** A site on Python's http.server: `form` with a token of one use and sessions in cookies, `json` with bearer tokens. */
const PYTHON = `
import html, http.server, json, secrets, sys, urllib.parse
mode, port, users = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
sessions, tokens = {}, set()
MENU = '<a href="/status">Status</a> <a href="/settings">Settings</a> <a href="/logout">Log out</a>'
class Site(http.server.BaseHTTPRequestHandler):
    def say(self, status, body, kind='text/html', **headers):
        data = body.encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        for name, value in headers.items(): self.send_header(name.replace('_', '-'), value)
        self.end_headers()
        self.wfile.write(data)
    def user(self):
        cookies = dict(c.strip().split('=', 1) for c in (self.headers.get('Cookie') or '').split(';') if '=' in c)
        bearer = (self.headers.get('Authorization') or '')[7:]
        return sessions.get(cookies.get('SESSION')) or sessions.get(bearer)
    def login_page(self, message=''):
        token = secrets.token_hex(8)
        tokens.add(token)
        self.say(200, '<html><title>Log in</title>%s<form action="/login" method="post"><input type="hidden" name="token" value="%s">'
            'User <input name="user" value="%s"> Password <input type="password" name="pass"><button>Log in</button></form></html>'
            % (message, token, ''))
    def do_GET(self):
        path = self.path.split('?')[0]
        user = self.user()
        if mode == 'json':
            if path == '/': return self.say(200, '<html><div id="app"></div><script src="/app.js"></script></html>')
            if path == '/app.js': return self.say(200, 'post("/api/auth/login", {username: u, password: p})', 'text/javascript')
            if path == '/api/config': return self.say(200, '{"ssid": "Home"}', 'application/json') if user else self.say(401, '{"error": "unauthorized"}', 'application/json')
            return self.say(404, '{"error": "not found"}', 'application/json')
        if path == '/login': return self.login_page()
        if path == '/logout':
            return self.say(302, '', Location='/login', Set_Cookie='SESSION=; Max-Age=0; Path=/')
        if path not in ('/', '/status', '/settings', '/users'): return self.say(404, 'Not found')
        if not user: return self.say(302, '', Location='/login?next=' + path)
        if path == '/users' and user != 'admin': return self.say(403, '<h1>Forbidden</h1>')
        self.say(200, '<html><h1>%s</h1>%s</html>' % (path, MENU))
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode()
        if mode == 'json':
            if self.path != '/api/auth/login': return self.say(404, '{"error": "not found"}', 'application/json')
            try: given = json.loads(body)
            except ValueError: given = {}
            if 'username' not in given: return self.say(422, '{"error": "username is required"}', 'application/json')
            if users.get(given['username']) != given.get('password'): return self.say(401, '{"error": "invalid credentials"}', 'application/json')
            token = secrets.token_hex(16)
            sessions[token] = given['username']
            return self.say(200, json.dumps({'token': token}), 'application/json')
        fields = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        if fields.get('token') not in tokens: return self.say(403, 'Invalid token')
        tokens.discard(fields['token'])
        user = fields.get('user')
        if user not in users or users[user] != fields.get('pass'):
            return self.login_page('<p>Unbekannt: %s</p>' % html.escape(user or ''))
        session = secrets.token_hex(16)
        sessions[session] = user
        self.say(303, '', Location='/', Set_Cookie='SESSION=%s; HttpOnly; Path=/' % session)
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(('0.0.0.0', port), Site).serve_forever()
`;

const python =
  (mode: 'form' | 'json') =>
  (host: Host, port: number, users: Record<string, string>): void =>
    host.start(['/usr/bin/python3', host.file('site.py', PYTHON), mode, String(port), JSON.stringify(users)]);

/** A shell script under busybox httpd, as small routers have it: everything is one CGI, a session is a file. */
const busybox = (host: Host, port: number, users: Record<string, string>): void => {
  const [user, secret] = Object.entries(users)[0]!;
  host.file('www/index.html', '<html><head><meta http-equiv="refresh" content="0; url=/cgi-bin/main"></head></html>\n');
  const script = host.file(
    'www/cgi-bin/main',
    `#!/bin/sh
sid=$(echo "$HTTP_COOKIE" | sed -n 's/.*sid=\\([0-9a-f]*\\).*/\\1/p')
decode() { busybox httpd -d "$(echo "$1" | tr + ' ')"; }
field() { decode "$(echo "$body" | tr '&' '\\n' | sed -n "s/^$1=//p")"; }
form() { echo '<html><h1>Router</h1>'"$1"'<form method=post action=main><input name=luser><input type=password name=lpass><input type=submit value=Login></form></html>'; }
if [ "$REQUEST_METHOD" = POST ]; then
  body=$(head -c "$CONTENT_LENGTH")
  if [ "$(field luser)" = '${user}' ] && [ "$(field lpass)" = '${secret}' ]; then
    sid=$(head -c 8 /dev/urandom | od -An -tx1 | tr -d ' \\n'); touch "${host.dir}/sid.$sid"
    printf 'Status: 302 Found\\r\\nLocation: /cgi-bin/main\\r\\nSet-Cookie: sid=%s\\r\\n\\r\\n' "$sid"
    exit
  fi
  printf 'Content-Type: text/html\\r\\n\\r\\n'; form '<p>Invalid user name or password</p>'; exit
fi
printf 'Content-Type: text/html\\r\\n\\r\\n'
if [ -n "$sid" ] && [ -e "${host.dir}/sid.$sid" ]; then
  echo '<html><h1>Router</h1><a href=/cgi-bin/main?p=wan>WAN</a> <a href=/cgi-bin/main?p=lan>LAN</a> <a href=/cgi-bin/main?p=log>Log</a></html>'
else form; fi
`,
  );
  fs.chmodSync(script, 0o755);
  host.start(['busybox', 'httpd', '-f', '-p', String(port), '-h', join(host.dir, 'www')]);
};

interface Server {
  readonly name: string;
  readonly needs: string;
  start(host: Host, port: number, users: Record<string, string>): void;
}
const servers: readonly Server[] = [
  { name: 'python form', needs: 'python3', start: python('form') },
  { name: 'python json', needs: 'python3', start: python('json') },
  { name: 'busybox cgi', needs: 'busybox', start: busybox },
];

describe.skipIf(why !== undefined)('logins by forms and in JSON on real servers', () => {
  beforeAll(() => {
    lab.it = createLab();
  });
  afterAll(async () => lab.it?.close());

  const observe = async ({ name, start }: Server, users: Record<string, string>, more: object = {}) => {
    const host = lab.it!.host(name.replaceAll(' ', '-') + Object.keys(users).length + Object.values(users)[0]!.length);
    start(host, 8080, users);
    await listening(host, 8080);
    const seen = await observeWith(httpLogin, {
      host: host.address,
      port: 8080,
      protocol: 'http',
      security: 'none',
      candidates,
      limits: { wait: 3000, attempt: 30_000 },
      ...more,
    });
    const logins = seen.facts.flatMap((fact) =>
      fact.kind === 'login' ? [`${fact.arm} ${fact.account} ${fact.accepted}${fact.proven ? ' proven' : ''}`] : [],
    );
    expect(everythingSaid(seen)).not.toMatch(/hunter2|meinsm|OnlyHere/);
    return { ...seen, logins };
  };

  for (const server of servers) {
    const skip = !has(server.needs);
    test.skipIf(skip)(`${server.name}: a listed default is proven`, { timeout: 40_000 }, async () => {
      const { logins, attempt, facts } = await observe(server, { admin: right });
      expect({ logins, outcome: attempt.outcome.status }).toEqual({
        logins: [
          'none  false',
          'random random false',
          'candidate admin false',
          'candidate admin true',
          'known-user-random admin false',
          'random random false',
          'repeat admin true proven',
        ],
        outcome: 'completed',
      });
      expect(facts.find((fact) => fact.kind === 'login' && fact.arm === 'repeat')).toMatchObject({ grants: 'full' });
    });

    test.skipIf(skip)(
      `${server.name}: another password, and the declared account works`,
      { timeout: 40_000 },
      async () => {
        const { logins, attempt } = await observe(
          server,
          { lab: 'OnlyHere-1' },
          { accounts: [{ user: 'lab', secret: 'OnlyHere-1' }] },
        );
        expect({ logins, outcome: attempt.outcome.status }).toEqual({
          logins: [
            'none  false',
            'random random false',
            'declared lab true',
            'candidate admin false',
            'candidate admin false',
            'declared lab true',
          ],
          outcome: 'completed',
        });
      },
    );
  }

  test.skipIf(!has('python3'))(
    'python form: the ordinary account is kept from what is the admin’s',
    { timeout: 40_000 },
    async () => {
      const users = { admin: 'OnlyHere-1', guest: 'OnlyHere-22' };
      const { facts } = await observe(servers[0]!, users, {
        accounts: [
          { user: 'admin', secret: 'OnlyHere-1', role: 'admin' },
          { user: 'guest', secret: 'OnlyHere-22', role: 'ordinary' },
        ],
        candidates: [],
        declares: {
          services: [
            { port: 8080, transport: 'tcp', protocol: 'http', reason: 'settings', adminOnly: ['/users', '/settings'] },
          ],
        },
      });
      const roles = facts.flatMap((fact) =>
        fact.kind === 'access' && fact.as ? [`${fact.as} ${fact.resource} ${fact.granted}`] : [],
      );
      expect(roles).toEqual([
        'admin /users true',
        'ordinary /users false',
        'admin /users true',
        'admin /settings true',
        'ordinary /settings true',
        'admin /settings true',
      ]);
    },
  );
});
