import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freshFolder, ROOT } from './command.ts';

/** A time-stamping authority on loopback, whose answers `openssl ts -reply` makes. */

export const testKeys: string = join(ROOT, 'test', 'kit', 'keys');

/** The PEM of a test certificate or key, such as `root.test-cert`. */
export const testPem = (name: string): string => fs.readFileSync(join(testKeys, `${name}.pem`), 'utf8');

export interface AuthorityOptions {
  /** Test certificates above the authority's own that its tokens hold. */
  readonly chain?: readonly string[];
  /** Lines of its configuration in place of the usual ones. */
  readonly config?: Readonly<Record<string, string>>;
}

const CONFIG = {
  crypto_device: 'builtin',
  signer_digest: 'sha256',
  default_policy: '1.2.3.4.1',
  digests: 'sha256',
  ordering: 'no',
  tsa_name: 'yes',
  ess_cert_id_chain: 'no',
  ess_cert_id_alg: 'sha256',
};

/** Makes answers to TimeStampReqs. */
export const answering = ({ chain = ['intermediate', 'root'], config = {} }: AuthorityOptions = {}) => {
  const dir = freshFolder();
  fs.writeFileSync(join(dir, 'serial'), '01\n');
  fs.writeFileSync(join(dir, 'chain.pem'), chain.map((name) => testPem(`${name}.test-cert`)).join(''));
  const files = {
    serial: join(dir, 'serial'),
    signer_cert: join(testKeys, 'stamping.test-cert.pem'),
    signer_key: join(testKeys, 'stamping.test-key.pem'),
    ...(chain.length > 0 && { certs: join(dir, 'chain.pem') }),
  };
  const lines = Object.entries({ ...CONFIG, ...files, ...config }).map(([name, value]) => `${name} = ${value}`);
  fs.writeFileSync(join(dir, 'ts.cnf'), ['[tsa]', 'default_tsa = here', '[here]', ...lines, ''].join('\n'));
  let count = 0;
  return (request: Buffer): Promise<Buffer> => {
    const [query, reply] = ['tsq', 'tsr'].map((kind) => join(dir, `${++count}.${kind}`)) as [string, string];
    fs.writeFileSync(query, request);
    const args = ['ts', '-reply', '-config', join(dir, 'ts.cnf'), '-queryfile', query, '-out', reply];
    return new Promise((resolve, reject) => {
      execFile('openssl', args, (error) => (error ? reject(error) : resolve(fs.readFileSync(reply))));
    });
  };
};

/** What an authority does with a request. */
export type Answer = (request: Buffer, response: http.ServerResponse) => void;

export interface RunningAuthority {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves on a free port of loopback. */
export const authority = async (answer: Answer): Promise<RunningAuthority> => {
  const server = http.createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => answer(Buffer.concat(pieces), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};

/** An authority as it should be. */
export const soundAuthority = (options: AuthorityOptions = {}): Promise<RunningAuthority> => {
  const reply = answering(options);
  return authority((request, response) => {
    reply(request).then(
      (bytes) => response.writeHead(200, { 'Content-Type': 'application/timestamp-reply' }).end(bytes),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
};
