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
  ['a proxy that is not trusted', '8.8.8.8', [], null],
])('behind a proxy with %s', (_, forwarded, trusted, expected) => {
  expect(client('127.0.0.1', forwarded, trusted)).toBe(expected);
});

test('a public address that is not trusted cannot name another client', () => {
  expect(client('9.9.9.9', '8.8.8.8', ['loopback'])).toBe('9.9.9.9');
});
