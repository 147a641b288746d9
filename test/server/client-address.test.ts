import { expect, test } from 'vitest';
import { clientOf, networksOf } from '../../src/http/listener/client-address.ts';

const client = (remoteAddress: string, forwarded?: string, trusted: string[] = []): string | null =>
  clientOf(
    { socket: { remoteAddress }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } },
    networksOf(trusted),
  );

test.each([
  ['8.8.8.8', '8.8.8.8'],
  ['::ffff:8.8.8.8', '8.8.8.8'],
  ['2600:1:2:3:4:5:6:7', '2600:1:2:3::'],
  ['2002:808:808:1::1', '8.8.8.8'],
  ['2002:a01:203:1::1', '2002:a01:203:1::'],
  ['64:ff9b::808:808', '8.8.8.8'],
  ['2001:0:1:2:3:4:5:6', '2001:0:1:2::'],
  ['::8.8.8.8', '8.8.8.8'],
  ['203.0.113.7', '203.0.113.7'],
  ['100.64.1.2', null],
  ['fe80::1', null],
  ['127.0.0.1', null],
  ['10.1.2.3', null],
  ['fd00::1', null],
  ['', null],
])('a connection from %s has the client %s', (address, expected) => {
  expect(client(address)).toBe(expected);
});

test.each([
  ['one hop', '8.8.8.8', ['loopback'], '8.8.8.8'],
  ['an entry that the client invented', '1.1.1.1, 8.8.8.8', ['loopback'], '8.8.8.8'],
  ['two trusted hops', '8.8.8.8, 10.0.0.5', ['loopback', '10.0.0.0/8'], '8.8.8.8'],
  ['only trusted hops', '10.0.0.5', ['loopback', '10.0.0.0/8'], null],
  ['text that is not an address', 'unknown', ['loopback'], null],
  ['a port', '8.8.8.8:5555', ['loopback'], '8.8.8.8'],
  ['a port of IPv6', '[2600:1:2:3::1]:443', ['loopback'], '2600:1:2:3::'],
  ['brackets', '[2600:1:2:3::1]', ['loopback'], '2600:1:2:3::'],
  ['spaces and a trailing comma', ' 1.1.1.1 ,  8.8.8.8 , ', ['loopback'], '8.8.8.8'],
  ['a trusted hop with a port', '8.8.8.8:1, 10.0.0.5:80', ['loopback', '10.0.0.0/8'], '8.8.8.8'],
  ['a private address', '192.168.1.7', ['loopback'], null],
  ['no address at all', ' , ', ['loopback'], null],
  ['a proxy that is not trusted', '8.8.8.8', [], null],
])('behind a proxy with %s', (_, forwarded, trusted, expected) => {
  expect(client('127.0.0.1', forwarded, trusted)).toBe(expected);
});

test('a public address that is not trusted cannot name another client', () => {
  expect(client('9.9.9.9', '8.8.8.8', ['loopback'])).toBe('9.9.9.9');
});
