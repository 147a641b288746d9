import { describe, expect, test } from 'vitest';
import {
  checkedAddresses,
  hostOf,
  isPublicAddress,
  type Resolve,
  resolveByDns,
  TargetRefused,
} from '../../src/adapters/target-check.ts';
import { createHttpSender } from '../../src/adapters/http-sender.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NEVER = new AbortController().signal;
const delivery = (url: string) => ({ url, id: 'evt_main_1-0o', body: '{}', secrets: [SECRET] });

const PRIVATE = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.127.255.255',
  '169.254.169.254',
  '192.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '::7f00:1',
  'fc00::1',
  'fdff::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2001::1',
  '2001:db8::1',
  '::ffff:0:127.0.0.1',
  '100::1',
  '200::1',
  '4000::1',
  'nonsense',
  '',
];
const PUBLIC = ['1.1.1.1', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:1.1.1.1'];

describe('allowed addresses', () => {
  test.each(PRIVATE)('not %j', (address) => expect(isPublicAddress(address)).toBe(false));
  test.each(PUBLIC)('%j', (address) => expect(isPublicAddress(address)).toBe(true));
});

/** Other notations of a private address, which a connection would accept. */
const LITERALS = [
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0177.0.0.1/',
  'https://0x7f.0.0.1/',
  'https://0x7f000001/',
  'https://127.1/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://0/',
  'https://169.254.169.254/latest/meta-data',
  'https://１２７.0.0.1/',
  'https://127.0.0.1./',
  'https://[fc00::1]/',
  'https://100.64.0.1/',
  'https://localhost/',
  'https://LOCALHOST./',
];

describe('allowed URLs', () => {
  const sender = createHttpSender({ allowPrivate: false });

  test.each(LITERALS)('refuses %s at registration and at connection', async (url) => {
    expect(await sender.problemOf(url)).toMatch(/^must (?:not )?be /);
    expect(await sender.deliver(delivery(url), NEVER)).toMatchObject({ outcome: 'failed', retryAfterMs: null });
  });

  test('refuses a name with one private address among public ones', async () => {
    const resolve: Resolve = () =>
      Promise.resolve([
        { address: '1.1.1.1', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ]);
    await expect(checkedAddresses('shop.example', { resolve, allowPrivate: false })).rejects.toThrow(TargetRefused);
    expect(await checkedAddresses('shop.example', { resolve, allowPrivate: true })).toHaveLength(2);
  });

  test('refuses an unknown name, plain http, credentials and fragments', async () => {
    const resolve: Resolve = () => Promise.reject(new Error('no such name'));
    const strict = createHttpSender({ allowPrivate: false, resolve });
    for (const url of ['https://shop.example/', 'http://1.1.1.1/', 'https://a:b@1.1.1.1/', 'https://1.1.1.1/#x', 'x']) {
      expect(await strict.problemOf(url)).toMatch(/^must (?:not )?be /);
    }
    expect(await strict.problemOf('https://1.1.1.1:8443/hooks')).toBeNull();
  });

  test('resolves localhost to a private address', async () => {
    expect((await resolveByDns('localhost')).every(({ address }) => !isPublicAddress(address))).toBe(true);
    expect(hostOf(new URL('https://[::1]:8/'))).toBe('::1');
  });
});

describe('a name whose address changes', () => {
  test('gets nothing if it is public at registration and private at connection', async () => {
    await using receiver = await WebhookReceiver.open();
    const answers = ['93.184.216.34', '127.0.0.1'];
    const asked: string[] = [];
    const resolve: Resolve = (name) => {
      asked.push(name);
      return Promise.resolve([{ address: answers.shift() ?? '127.0.0.1', family: 4 }]);
    };
    const sender = createHttpSender({ allowPrivate: false, resolve });
    const url = `https://rebinding.example:${receiver.port}/`;
    expect(await sender.problemOf(url)).toBeNull();
    expect(await sender.deliver(delivery(url), NEVER)).toEqual({
      outcome: 'failed',
      status: 'private_address',
      retryAfterMs: null,
    });
    expect(asked).toEqual(['rebinding.example', 'rebinding.example']);
    expect(receiver.received).toEqual([]);
  });

  test('is looked up once, and the connection goes to the checked address', async () => {
    await using receiver = await WebhookReceiver.open();
    receiver.secret = SECRET;
    let asked = 0;
    const resolve: Resolve = () =>
      Promise.resolve([{ address: asked++ === 0 ? '127.0.0.1' : '203.0.113.1', family: 4 }]);
    const sender = createHttpSender({ allowPrivate: true, resolve });
    const url = `http://not-in-any-dns.example:${receiver.port}/`;
    expect(await sender.deliver(delivery(url), NEVER)).toEqual({ outcome: 'delivered', status: '200' });
    expect(asked).toBe(1);
  });
});
