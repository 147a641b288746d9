import { expect, test } from 'vitest';
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
])('%s is refused', (url, message) => {
  expect(() => parseRedisUrl(url)).toThrow(message);
});

test('the description for logs has no credentials', () => {
  for (const url of ['redis://me:secret@h:1/2', 'rediss://:secret@h', 'unix:/s?password=secret&username=me']) {
    expect(parseRedisUrl(url).description).not.toMatch(/secret|me@|username/);
  }
});
