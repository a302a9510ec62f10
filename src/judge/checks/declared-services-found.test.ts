import { attempt, checkTest, recognised, scan } from '../../../test/kit/check.ts';
import check from './declared-services-found.ts';

const web = { port: 80, transport: 'tcp' as const, protocol: 'http', reason: 'set-up page' };

checkTest(
  check,
  [
    {
      name: 'the declared service is seen',
      declares: { services: [web] },
      attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
      verdicts: [['camera/tcp/80', 'pass']],
    },
    {
      name: 'a declared service is not seen',
      declares: { services: [web, { ...web, port: 8080 }] },
      attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
      verdicts: [
        ['camera/tcp/80', 'pass'],
        ['camera/tcp/8080', 'inconclusive'],
      ],
      more: { 'camera/tcp/8080': { because: 'http at tcp/8080 is declared and was not seen.' } },
    },
    {
      name: 'a range and a dynamic port',
      declares: {
        services: [
          { port: '8000-8010', transport: 'tcp', reason: 'stream' },
          { port: 'dynamic', transport: 'tcp', protocol: 'rtsp', reason: 'stream' },
          { port: 'dynamic', transport: 'udp', protocol: 'coap', reason: 'control' },
        ],
      },
      attempts: [scan({ tcp: [8005, 40000] }), recognised('tcp/8005', 'http'), recognised('tcp/40000', 'rtsp')],
      verdicts: [
        ['camera/tcp/8000-8010', 'pass'],
        ['camera/rtsp at tcp/dynamic', 'pass'],
        ['camera/coap at udp/dynamic', 'inconclusive'],
      ],
    },
    {
      name: 'something else speaks there',
      declares: { services: [web] },
      attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'ssh')],
      verdicts: [['camera/tcp/80', 'inconclusive']],
    },
    {
      name: 'nobody recognised what speaks there',
      declares: { services: [web, { ...web, port: '80-81' }] },
      attempts: [scan({ tcp: [80, 81] }), recognised('tcp/80', 'unknown'), recognised('tcp/81', 'http')],
      verdicts: [
        ['camera/tcp/80', 'inconclusive'],
        ['camera/http at tcp/80-81', 'pass'],
      ],
      result: 'inconclusive',
    },
    {
      name: 'a silent UDP port is not seen',
      declares: { services: [{ ...web, port: 161, transport: 'udp', protocol: 'snmp' }] },
      attempts: [scan({ silent: [161] })],
      verdicts: [['camera/udp/161', 'inconclusive']],
    },
    {
      name: 'declared for another state only',
      declares: { services: [{ ...web, states: ['onboarding'] }] },
      attempts: [scan({})],
      verdicts: [['camera', 'not-applicable']],
    },
    { name: 'nothing is declared', attempts: [scan({})], verdicts: [['camera', 'not-applicable']] },
    {
      name: 'nothing is declared, and the scan broke off',
      attempts: [attempt('tcp-ports', 'camera', [], { broke: 'timeout' }), scan({})[1]!],
      verdicts: [['camera', 'not-applicable']],
      result: 'inconclusive',
    },
  ],
  { cannotFail: true },
);
