import type { Check } from '../check.ts';
import accessAuthenticated from './access-authenticated.ts';
import debugInterfacesClosed from './debug-interfaces-closed.ts';
import declarationConsistent from './declaration-consistent.ts';
import declaredServicesFound from './declared-services-found.ts';
import defaultCredentialsChangeForced from './default-credentials-change-forced.ts';
import defaultCredentialsRejected from './default-credentials-rejected.ts';
import deviceIdentifiable from './device-identifiable.ts';
import deviceSurvives from './device-survives.ts';
import disclosureMinimal from './disclosure-minimal.ts';
import httpHardened from './http-hardened.ts';
import keysStrong from './keys-strong.ts';
import keysUniquePerDevice from './keys-unique-per-device.ts';
import loginGuessingLimited from './login-guessing-limited.ts';
import privilegesSeparated from './privileges-separated.ts';
import servicesDeclared from './services-declared.ts';
import sshAlgorithmsStrong from './ssh-algorithms-strong.ts';
import tlsCertificateValid from './tls-certificate-valid.ts';
import tlsCiphersStrong from './tls-ciphers-strong.ts';
import tlsKnownFlawsAbsent from './tls-known-flaws-absent.ts';
import tlsVersionsCurrent from './tls-versions-current.ts';
import transportEncrypted from './transport-encrypted.ts';
import updateImageSigned from './update-image-signed.ts';
import updateSignatureStrong from './update-signature-strong.ts';
import updateTransportProtected from './update-transport-protected.ts';

export { type CheckEntry, catalogue } from './catalogue.ts';

/** The checks that are built, in the order of the catalogue. What the catalogue names beside them is inconclusive. */
export const checks: readonly Check[] = [
  defaultCredentialsRejected,
  accessAuthenticated,
  loginGuessingLimited,
  keysUniquePerDevice,
  defaultCredentialsChangeForced,
  privilegesSeparated,
  servicesDeclared,
  declaredServicesFound,
  debugInterfacesClosed,
  disclosureMinimal,
  deviceSurvives,
  transportEncrypted,
  tlsVersionsCurrent,
  tlsCiphersStrong,
  tlsCertificateValid,
  tlsKnownFlawsAbsent,
  keysStrong,
  sshAlgorithmsStrong,
  httpHardened,
  updateTransportProtected,
  updateImageSigned,
  updateSignatureStrong,
  deviceIdentifiable,
  declarationConsistent,
];
