import { checkPrimeSync, getDiffieHellman } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOf, ffdhePrime, groupName, knownPrime, trimmed } from './dh-groups.ts';

// What servers had built in, as in their sources; RFC 5114 as OpenSSL has it. A slip in any digit would be no prime.
const BUILT_IN: readonly (readonly [name: string, prime: string])[] = [
  [
    'openssl-512',
    'da583c16d9852289d0e4af756f4cca92dd4be533b804fb0fed94ef9c8a4403ed574650d36999db29d776276ba2d3d412e218f4dd1e084cf6d8003e7c4774e833',
  ],
  [
    'skip-512',
    'f52aff3ce1b1294018118d7c84a70a72d686c40319c807297aca950cd9969fabd00a509b0246d3083d66a45d419f9c7cbd894b221926baaba25ec355e92a055f',
  ],
  [
    'skip-1024',
    'f488fd584e49dbcd20b49de49107366b336c380d451d0f7c88b31c7c5b2d8ef6f3c923c043f0a55b188d8ebb558cb85d38d334fd7c175743a31d186cde33212cb52aff3ce1b1294018118d7c84a70a72d686c40319c807297aca950cd9969fabd00a509b0246d3083d66a45d419f9c7cbd894b221926baaba25ec355e92f78c7',
  ],
  [
    'apache-512',
    '9fdb8b8a004544f0045f1737d0ba2e0b274cdf1a9f588218fb435316a16e374171fd19d8d8f37c39bf863fd60e3e300680a3030c6e4c3757d08f70e6aa871033',
  ],
  [
    'apache-1024',
    'e6969d3d495be32c7cf180c3bdd4798e91b7818251bb055e2a2064904a79a770fa15a259cbd523a6a6ef09c43048d5a22f971f3c20129b48000e6edd061cbc053e371d794e5327df611ebbbe1bac9b5c6044cf023d76e05eea9bad991b13a63c974e9ef1839eb5db125136f7262e56a8871538dfd823c6505085e21f0dd5c86b',
  ],
  [
    'nginx-1024',
    'bbbc2dcad84674907c43fcf580e9cfdbd958a3f568b42d4b08eed4eb0fb3504c6c030276e710800c5ccbbaa8922614c5beeca565a5fdf1d287a2bc049be6778060e91a92a757e3048f68b076f7d36cc8f29ba5df81dc2ca725ece66270cc9a5035d8ceceef9ea0274a63ab1e58fafd4988d0f65d146757da071df045cfe16b9b',
  ],
  [
    'java-512',
    'fca682ce8e12caba26efccf7110e526db078b05edecbcd1eb4a208f3ae1617ae01f35b91a47e6df63413c5e12ed0899bcd132acd50d99151bdc43ee737592e17',
  ],
  [
    'java-768',
    'e9e642599d355f37c97ffd3567120b8e25c9cd43e927b3a9670fbec5d890141922d2c3b3ad2480093799869d1e846aab49fab0ad26d2ce6a22219d470bce7d777d4a21fbe9c270b57f607002f3cef8393694cf45ee3688c11a8c56ab127a3daf',
  ],
  [
    'java-1024',
    'fd7f53811d75122952df4a9c2eece4e7f611b7523cef4400c31e3f80b6512669455d402251fb593d8d58fabfc5f5ba30f6cb9b556cd7813b801d346ff26660b76b9950a5a49f9fe8047b1022c24fbba9d7feb7c61bf83b57e7c6a8a6150f04fb83f6d3c51ec3023554135a169132f675f3ae2b61d72aeff22203199dd14801c7',
  ],
  [
    'proftpd-512',
    'c0c5238d3ab3a36357c0d3fed4c28f170e7adb8e3bb6a5c2607de703cca310cc82393c68a0829c7a4a968cb01ab4b8a09e649d40778a9c9796693dcaa825aeab',
  ],
  [
    'proftpd-768',
    'b39574ce0bfdabc3539b0bfd6eb2646402ddff2e77eb0d6cce042c8e5aa7964554a62fbcf9771c50668e48a834f081dd5b5ad4a6138960460565572c1e94573c3e38a6fe7b037d1646f6b3213c44f1f190ce40934be6d60e2085da9b3f5c1fdb',
  ],
  [
    'proftpd-1024',
    'c1d89c90b1587ce15670d7616c00e6e799049f86d9b411092318aa19ca497ca89df7433aafc31f0eaebbf2ea5b62a15f7c26a8b45d2a25ab88702706d0f501d96a1f482d9cecfea845971dc08affe5e179df8531fc589135e8c7da557baaddc20a9434f7b44a913b1e16892a04475de942475e3061e842c123c7977863369d3b',
  ],
  [
    'embedthis-512',
    '8efdbed3921d0c0a58bfffe45154363913ead8d270bbe38c86a631a1042a09e4d033885fefb170ea42b60e5860d5c10cd1121699bc7e557ce4c15d15f645bc73',
  ],
  [
    'embedthis-1024',
    'cd022c1143cdadf5545fedb12856df99fa802c70b5c8a812c3cd380d3be1e3a3e4e9cb58787ea6807efcc9933a861c8e0ba21cd00999299bc153b8f398a7d846be5bb96431cf02630f5df2beeff6558bfbf0b8f7a52ed26f581e463f743c02412f65537f1c7b8a72221d2be9a30f50c313126cd217a9a582fc91e33e288a9773',
  ],
  [
    'postfix-512',
    '883f00affc0c8ab835cde5c20f55df063f1607bfce1335e41c1e03f3ab17f6635063673e10d73eb4eb468c4050e691a56e0145dec9b11f6454fad9ab4f70ba5b',
  ],
  [
    'postfix-1024',
    'b0feb4cfd45507e7cc88590d1726c50ca54a92238178da88aa4c1306bf5d2f9ebc96b851009d0c0d75adfd3bb17e714f3f91541444b830251cebdf729c4cf1890d683f948ea4fb768918b29116900199668c53814e273d99e75a7aafd5ece27efaed0118c2782559065c39f6cd4954afc1b1ea4af953d0df6dafd493e7baae9b',
  ],
  [
    'rfc5114-1024-160',
    'b10b8f96a080e01dde92de5eae5d54ec52c99fbcfb06a3c69a6a9dca52d23b616073e28675a23d189838ef1e2ee652c013ecb4aea906112324975c3cd49b83bfaccbdd7d90c4bd7098488e9c219a73724effd6fae5644738faa31a4ff55bccc0a151af5f0dc8b4bd45bf37df365c1a65e68cfda76d4da708df1fb2bc2e4a4371',
  ],
  [
    'rfc5114-2048-224',
    'ad107e1e9123a9d0d660faa79559c51fa20d64e5683b9fd1b54b1597b61d0a75e6fa141df95a56dbaf9a3c407ba1df15eb3d688a309c180e1de6b85a1274a0a66d3f8152ad6ac2129037c9edefda4df8d91e8fef55b7394b7ad5b7d0b6c12207c9f98d11ed34dbf6c6ba0b2c8bbc27be6a00e0a0b9c49708b3bf8a317091883681286130bc8985db1602e714415d9330278273c7de31efdc7310f7121fd5a07415987d9adc0a486dcdf93acc44328387315d75e198c641a480cd86a1b9e587e8be60e69cc928b2b9c52172e413042e9b23f10b0e16e79763c9b53dcf4ba80a29e3fb73c16b8e75b97ef363e2ffa31f71cf9de5384e71b81c0ac4dffe0c10e64f',
  ],
  [
    'rfc5114-2048-256',
    '87a8e61db4b6663cffbbd19c651959998ceef608660dd0f25d2ceed4435e3b00e00df8f1d61957d4faf7df4561b2aa3016c3d91134096faa3bf4296d830e9a7c209e0c6497517abd5a8a9d306bcf67ed91f9e6725b4758c022e0b1ef4275bf7b6c5bfc11d45f9088b941f54eb1e59bb8bc39a0bf12307f5c4fdb70c581b23f76b63acae1caa6b7902d52526735488a0ef13c6d9a51bfa4ab3ad8347796524d8ef6a167b5a41825d967e144e5140564251ccacb83e6b486f6b3ca3f7971506026c0b857f689962856ded4010abd0be621c3a3960a54e710c375f26375d7014103a4b54330c198af126116d2276e11715f693877fad7ef09cadb094ae91e1a1597',
  ],
];

describe('knownPrime', () => {
  it.each(BUILT_IN)('knows %s, which is a prime', (name, prime) => {
    const bytes = Buffer.from(prime, 'hex');
    expect(checkPrimeSync(bytes, { checks: 1 })).toBe(true);
    expect(knownPrime(bytes)).toEqual({ name });
    expect(name).toContain(`-${bitsOf(bytes)}`);
  });

  it.each([
    ['modp1', 768],
    ['modp2', 1024],
    ['modp5', 1536],
    ['modp14', 2048],
    ['modp15', 3072],
    ['modp16', 4096],
    ['modp17', 6144],
    ['modp18', 8192],
  ] as const)('knows %s of node:crypto', (group, bits) => {
    const prime = getDiffieHellman(group).getPrime();
    expect([knownPrime(prime), bitsOf(prime)]).toEqual([{ name: `modp${bits}` }, bits]);
  });

  it.each([
    [2048, 256],
    [3072, 257],
    [4096, 258],
    [6144, 259],
    [8192, 260],
  ])('knows ffdhe%i, as it is computed', (bits, code) => {
    const prime = ffdhePrime(bits);
    expect(knownPrime(prime)).toEqual({ name: `ffdhe${bits}`, code });
    expect(bitsOf(prime)).toBe(bits);
    // RFC 7919, appendix A: 64 bits of ones, e, and 64 bits of ones.
    expect(prime.subarray(0, 18).toString('hex')).toBe('ffffffffffffffffadf85458a2bb4a9aafdc');
    expect(prime.subarray(-8).toString('hex')).toBe('f'.repeat(16));
  });

  it('is of no other size', () => expect(() => ffdhePrime(1024)).toThrow(RangeError));
});

it('counts bits, and goes by the number and not by its zeros', () => {
  expect([bitsOf(Buffer.alloc(0)), bitsOf(Buffer.from([0, 0])), bitsOf(Buffer.from([0, 1, 0]))]).toEqual([0, 0, 9]);
  const prime = ffdhePrime(2048);
  expect(groupName(Buffer.concat([Buffer.alloc(3), prime]))).toBe('ffdhe2048');
  expect(groupName(Buffer.from('0d', 'hex'))).toBe('dh-9d1e0e2d9459d065');
});

it('never throws, and never counts more bits than there are', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const number = Buffer.from(bytes);
      expect(bitsOf(number)).toBe(
        BigInt(`0x${number.toString('hex') || '0'}`)
          .toString(2)
          .replace(/^0$/, '').length,
      );
      expect(trimmed(number)[0]).not.toBe(0);
      expect(groupName(number)).toMatch(/^dh-[0-9a-f]{16}$/);
    }),
    { numRuns: 100 },
  ));
