import { describe, expect, it } from 'vitest';
import { Component, type Endpoint } from '../../model/target.ts';
import { declaredPaths } from './declared.ts';

const service = (port: number | string, path: string, more = {}) => ({
  port,
  reason: 'x',
  protects: [path, 'no/path'],
  ...more,
});
const component = Component.parse({
  id: 'a',
  declares: {
    services: [
      service(80, '/a'),
      service('8000-8010', '/b'),
      service('dynamic', '/c', { protocol: 'http' }),
      service(80, '/d', { transport: 'udp' }),
      service(80, '/a'),
    ],
  },
});

describe('declaredPaths', () => {
  it.each([
    [{ host: 'x', transport: 'tcp', port: 80, protocol: 'rtsp' }, ['/a']],
    [{ host: 'x', transport: 'tcp', port: 80, protocol: 'http' }, ['/a', '/c']],
    [{ host: 'x', transport: 'tcp', port: 8000, protocol: 'rtsp' }, ['/b']],
    [{ host: 'x', transport: 'tcp', port: 8011, protocol: 'rtsp' }, []],
    [{ host: 'x', transport: 'udp', port: 80, protocol: 'coap' }, ['/d']],
    [{ host: 'x' }, []],
  ] as [Endpoint, string[]][])('%j', (endpoint, paths) => {
    expect(declaredPaths(component, endpoint)).toEqual(paths);
  });
});
