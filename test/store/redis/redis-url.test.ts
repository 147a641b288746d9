import { expect, test } from 'vitest';
import { MasterFinder } from '../../../src/store/redis/link/master-finder.ts';
import { parseRedisUrl } from '../../../src/store/redis/link/redis-url.ts';

test.each([
  ['redis://localhost', { host: 'localhost', port: 6379, db: 0 }],
  ['redis://10.0.0.1:7000/3', { host: '10.0.0.1', port: 7000, db: 3 }],
  ['redis://:p%40ss@h', { host: 'h', port: 6379, db: 0, password: 'p@ss' }],
  ['redis://me:secret@[::1]:1', { host: '::1', port: 1, db: 0, username: 'me', password: 'secret' }],
  ['rediss://h:2', { host: 'h', port: 2, db: 0, tls: { servername: 'h' } }],
  ['rediss://10.0.0.1', { host: '10.0.0.1', port: 6379, db: 0, tls: {} }],
  ['unix:/run/redis.sock', { path: '/run/redis.sock', db: 0 }],
  ['unix:///run/redis.sock', { path: '/run/redis.sock', db: 0 }],
  ['unix:/a%20b.sock?db=2&password=x', { path: '/a b.sock', db: 2, password: 'x' }],
])('%s', (url, options) => {
  expect(parseRedisUrl(url).options).toEqual(options);
});

test.each([
  ['http://h', /begins with redis:/],
  ['redis://', /no host|cannot be parsed/],
  ['redis://h/one', /database/],
  ['redis://h:99999', /cannot be parsed/],
  ['unix:relative.sock', /absolute path/],
  ['unix:/', /absolute path/],
  ['unix:/s?db=-1', /database/],
  ['redis://:%zz@h', /has a % that is not followed by/],
  ['redis://%zz', /has a % that is not followed by/],
  ['rediss://%ff:1/2', /has a % that is not followed by/],
  ['redis://%ff@h', /has a % that is not followed by/],
  ['unix:/%zz.sock', /has a % that is not followed by/],
  ['redis+sentinel://a', /HOST/],
  ['redis+sentinel:///mymaster', /HOST/],
  ['redis+sentinel://a,,b/mymaster', /address/],
  ['redis+sentinel://a:99999/mymaster', /address/],
  ['redis+sentinel://a/mymaster/one', /database/],
  ['redis+sentinel://:%zz@a/mymaster', /has a % that is not followed by/],
  ['redis+sentinel://a/mymaster?sentinelPasword=x', /accepts only \?db=, \?sentinelUsername=, \?sentinelPassword=/],
  ['redis+sentinel://a/mymaster?sentinelTls=on', /sentinelTls .* yes or no/],
  ['redis://h?password=x', /accepts only \?db=$/],
  ['unix:/s?user=x', /accepts only \?db=, \?username=, \?password=$/],
  ['redis+cluster://a?password=x', /HOST/],
  ['redis+cluster://', /HOST/],
  ['redis+cluster://a/1', /HOST/],
  ['redis+cluster://a:b', /address/],
  ['redis+cluster://:%zz@a', /has a % that is not followed by/],
])('%s is refused', (url, message) => {
  expect(() => parseRedisUrl(url)).toThrow(message);
});

const master = {
  Connector: MasterFinder,
  name: 'mymaster',
  db: 0,
  role: 'master',
  connectTimeout: 1_000,
  failoverDetector: false,
  sentinelRetryStrategy: expect.any(Function),
};

test.each([
  ['redis+sentinel://a,b:7/mymaster', { sentinels: [at('a', 26_379), at('b', 7)] }],
  ['redis+sentinel://[::1]:9/mymaster/3', { sentinels: [at('::1', 9)], db: 3 }],
  ['redis+sentinel://me:p%40ss@a/mymaster', { sentinels: [at('a', 26_379)], username: 'me', password: 'p@ss' }],
  [
    'redis+sentinel://a/mymaster?sentinelUsername=s&sentinelPassword=t&sentinelTls=yes',
    { sentinels: [at('a', 26_379)], sentinelUsername: 's', sentinelPassword: 't', sentinelTLS: {} },
  ],
  ['rediss+sentinel://a/mymaster', { sentinels: [at('a', 26_379)], tls: {}, enableTLSForSentinelMode: true }],
])('%s', (url, options) => {
  expect(parseRedisUrl(url).options).toEqual({ ...master, ...options });
});

test.each([
  ['redis+cluster://a,[::1]:7', {}],
  ['redis+cluster://me:p%40ss@a,[::1]:7/', { username: 'me', password: 'p@ss' }],
  ['rediss+cluster://a,[::1]:7', { tls: {} }],
])('%s', (url, options) => {
  expect(parseRedisUrl(url)).toMatchObject({ options: { db: 0, ...options }, seeds: [at('a', 6_379), at('::1', 7)] });
});

function at(host: string, port: number) {
  return { host, port };
}

test('the description for logs has no credentials', () => {
  for (const url of [
    'redis://me:secret@h:1/2',
    'rediss://:secret@h',
    'unix:/s?password=secret&username=me',
    'redis+sentinel://me:secret@h/m?sentinelPassword=secret',
    'redis+cluster://me:secret@h,i',
  ]) {
    expect(parseRedisUrl(url).description).not.toMatch(/secret|me@|username/);
  }
});
