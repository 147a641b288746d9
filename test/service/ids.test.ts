import { expect, test } from 'vitest';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { canonicalJson, Ids, requestId, shopTag, shortHash } from '../../src/transact/documents/ids.ts';

const time = { now: 0 };
const generator = new Ids({ now: () => time.now, random: SYSTEM_RUNTIME.random });
const newId = (prefix: string, at: number): string => generator.newId(prefix, at);

function nextId(prefix: string, at: number): string {
  time.now = at;
  return generator.nextId(prefix);
}

test('an id is its prefix and 19 characters, and sorts by its time', () => {
  const times = [0, 1, 63, 64, 1_750_000_000_000, 1_750_000_000_001, 2 ** 48 - 1];
  const ids = times.map((time) => newId('ord_', time));
  for (const id of ids) expect(id).toMatch(/^ord_[-\w]{19}$/);
  expect(ids.toSorted()).toEqual(ids);
});

test('ids are unique, also within one millisecond', () => {
  const ids = Array.from({ length: 20_000 }, () => newId('', 1_750_000_000_000));
  expect(new Set(ids).size).toBe(20_000);
  const lasts = new Set(ids.flatMap((id) => id.slice(8).split('')));
  expect(lasts.size).toBe(64);
});

test('ids that follow each other sort in their order, also within one millisecond', () => {
  const ids = Array.from({ length: 20_000 }, (_, nth) => nextId('evt_', 1_750_000_000_000 + Math.floor(nth / 5_000)));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(20_000);
  for (const id of ids) expect(id).toMatch(/^evt_[-\w]{19}$/);
  // Another shop of the process may have an earlier clock.
  expect(nextId('evt_', 5) < ids[0]!).toBe(true);
});

test('an id after the last one of a millisecond carries, like a number', () => {
  const random = (count: number) => Buffer.alloc(count, Buffer.from([0xcf, 0x3c, 0xf3]));
  const highest = new Ids({ now: () => 64, random });
  expect([highest.nextId('x'), highest.nextId('x')]).toEqual(['x------0-zzzzzzzzzzz', 'x------00-----------']);
});

/** Returns random bytes of which the ids have these characters, and then the lowest ones. It counts the draws. */
function drawsOf(...texts: string[]) {
  const draws = { count: 0 };
  const random = (bytes: number): Buffer => {
    draws.count += 1;
    return Buffer.from(texts.join('').padEnd((bytes * 4) / 3, '-'), 'base64url');
  };
  return { draws, random };
}

test('an id that sorts after the last one anyway stays random', () => {
  const { random } = drawsOf('11111111111', 'zzzzzzzzzzz', '22222222222');
  const ids = new Ids({ now: () => 64, random });
  const chars = [ids.nextId(''), ids.nextId(''), ids.nextId('')].map((id) => id.slice(8));
  expect(chars).toEqual(['11111111111', 'zzzzzzzzzzz', expect.stringMatching(/^-{11}$/)]);
});

test('random bytes are drawn once for 512 ids', () => {
  const { draws, random } = drawsOf();
  const ids = new Ids({ now: () => 64, random });
  for (let count = 0; count < 512; count += 1) ids.newId('');
  expect(draws.count).toBe(1);
  ids.newId('');
  expect(draws.count).toBe(2);
});

test('a hash distinguishes the boundaries of its parts', () => {
  expect(shortHash('ab', 'c')).not.toBe(shortHash('a', 'bc'));
  expect(shortHash('a')).toMatch(/^[-\w]{22}$/);
});

test('keys and sessions name their shop by a tag that stays, because they are kept by their owners', () => {
  expect(shopTag('main')).toBe('8U7vUa');
  expect(new Set(['main', 'outlet', '', 'shop'].map(shopTag)).size).toBe(4);
});

test('requests of generated keys sort by time, and a repetition has the same id', () => {
  const keys = [1_750_000_000_000, 1_750_000_000_001, 1_750_000_100_000].map((time) => newId('gen_', time));
  const ids = keys.map((key) => requestId('session', key));
  expect(ids.toSorted()).toEqual(ids);
  expect(keys.map((key) => requestId('session', key))).toEqual(ids);
  for (const other of ['other', 'Session', 'a name with spaces', 'a-name-of-more-than-22-characters']) {
    expect(requestId(other, keys[0]!)).not.toBe(ids[0]);
    expect(requestId(other, keys[0]!)).toMatch(/^[\x21-\x7e]{20,41}$/);
  }
  expect(requestId('session', 'my own')).toBe(shortHash('session', 'my own'));
});

test('canonical JSON ignores the order of fields and absent fields, and keeps the order of lists', () => {
  expect(canonicalJson({ b: 1, a: { d: [2, 1], c: undefined } })).toBe('{"a":{"d":[2,1]},"b":1}');
  expect(canonicalJson({ a: [1, 2] })).not.toBe(canonicalJson({ a: [2, 1] }));
});
