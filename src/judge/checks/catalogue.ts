import type { Check } from '../check.ts';

/** A check's name, what it says when it passes, and the theme it is shown under. */
export type CheckEntry = Pick<Check, 'id' | 'title' | 'theme'>;

/** Every check that there is, built or not: what a profile may name. Ids are final. */
export const catalogue: readonly CheckEntry[] = [
  { id: 'default-credentials-rejected', theme: 'access', title: 'Listed default credentials are rejected' },
  { id: 'access-authenticated', theme: 'access', title: 'Functions and data are reached only with a login' },
  { id: 'login-guessing-limited', theme: 'access', title: 'Guessing of passwords is limited' },
  { id: 'keys-unique-per-device', theme: 'access', title: 'Each device has keys of its own' },
  { id: 'default-credentials-change-forced', theme: 'access', title: 'A default credential must be changed first' },
  { id: 'privileges-separated', theme: 'access', title: 'An ordinary role does not reach what is for an admin' },
  { id: 'services-declared', theme: 'interfaces', title: 'Every open port is declared' },
  { id: 'declared-services-found', theme: 'interfaces', title: 'Every declared service is seen' },
  { id: 'debug-interfaces-closed', theme: 'interfaces', title: 'No debug interface is open to anyone' },
  { id: 'disclosure-minimal', theme: 'interfaces', title: 'Nobody is told what only the owner needs to know' },
  { id: 'input-validated', theme: 'interfaces', title: 'Malformed input does no harm' },
  { id: 'device-survives', theme: 'interfaces', title: 'The device answers throughout the run' },
  { id: 'transport-encrypted', theme: 'transport', title: 'Every service is encrypted' },
  { id: 'tls-versions-current', theme: 'transport', title: 'Only current versions of TLS and DTLS are accepted' },
  { id: 'tls-ciphers-strong', theme: 'transport', title: 'No weak cipher suite is accepted' },
  { id: 'tls-certificate-valid', theme: 'transport', title: 'Certificates are valid' },
  { id: 'tls-known-flaws-absent', theme: 'transport', title: 'No known flaw of TLS is present' },
  { id: 'keys-strong', theme: 'transport', title: 'Keys are strong' },
  { id: 'ssh-algorithms-strong', theme: 'transport', title: 'Only strong SSH algorithms are offered' },
  { id: 'http-hardened', theme: 'transport', title: 'HTTP logins and sessions are protected' },
  { id: 'egress-encrypted', theme: 'transport', title: 'What the device sends is encrypted' },
  { id: 'egress-declared', theme: 'transport', title: 'The device speaks only to declared peers' },
  { id: 'update-transport-protected', theme: 'update', title: 'Updates travel protected' },
  { id: 'update-image-signed', theme: 'update', title: 'Update images are signed' },
  { id: 'update-signature-strong', theme: 'update', title: 'Update signatures are strong' },
  { id: 'update-untrusted-server-rejected', theme: 'update', title: 'Updates from an untrusted server are refused' },
  { id: 'update-tampered-rejected', theme: 'update', title: 'A tampered update is refused' },
  { id: 'update-rollback-rejected', theme: 'update', title: 'An older update is refused' },
  { id: 'update-automatic', theme: 'update', title: 'The device looks for updates, or gives notice of them' },
  { id: 'device-identifiable', theme: 'product', title: 'The device names itself, its model and its firmware' },
  { id: 'declaration-consistent', theme: 'product', title: 'What is declared is what was seen' },
  { id: 'security-events-reported', theme: 'product', title: 'Security events are reported' },
  { id: 'vulnerability-contact-published', theme: 'product', title: 'A contact for vulnerabilities is published' },
];
