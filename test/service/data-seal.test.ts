import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DataSeal, isSealed, NO_SEAL } from '../../src/transact/documents/data-seal.ts';

const [key, other] = [randomBytes(32), randomBytes(32)];
const TEXT = '{"name":"Ånn","email":"ann@shop.example"}';
const PLACE = 'order:ord_1';

describe('a data seal', () => {
  const seal = new DataSeal({ shop: 'main', key });

  test('opens what it has sealed, and the sealed form shows nothing of it', () => {
    const sealed = seal.seal(TEXT, PLACE);
    expect(sealed).toMatch(/^sealed:1:[\w-]{8}:[\w-]+$/);
    expect(Buffer.from(sealed.split(':')[3]!, 'base64url').toString()).not.toContain('shop.example');
    expect(seal.open(sealed, PLACE)).toBe(TEXT);
    expect(seal.seal(TEXT, PLACE)).not.toBe(sealed);
    expect(seal.open(seal.seal('', PLACE), PLACE)).toBe('');
  });

  test('does not open a text of another place or another shop, a changed text, or a text without its key', () => {
    const main = new DataSeal({ shop: 'main', key });
    const sealed = main.seal(TEXT, PLACE);
    expect(main.open(sealed, PLACE)).toBe(TEXT);
    expect(main.open(sealed, 'order:ord_2')).toBeNull();
    expect(new DataSeal({ shop: 'outlet', key }).open(sealed, PLACE)).toBeNull();
    expect(new DataSeal({ shop: 'main', key: other }).open(sealed, PLACE)).toBeNull();
    expect(new DataSeal({ shop: 'main' }).open(sealed, PLACE)).toBeNull();
    const payload = Buffer.from(sealed.split(':')[3]!, 'base64url');
    for (let byte = 0; byte < payload.length; byte += 1) {
      const changed = Buffer.from(payload);
      changed[byte]! ^= 1;
      const text = `${sealed.slice(0, sealed.lastIndexOf(':') + 1)}${changed.toString('base64url')}`;
      expect(seal.open(text, PLACE)).toBeNull();
    }
    for (let chars = 0; chars < sealed.length; chars += 7) {
      const cut = sealed.slice(0, chars);
      expect(seal.open(cut, PLACE)).toBe(cut.startsWith('sealed:1:') ? null : cut);
    }
  });

  test('reports a key that is missing once', () => {
    const reported: string[] = [];
    const keyless = new DataSeal({ shop: 'main', onUnreadable: (keyId) => reported.push(keyId) });
    for (let count = 0; count < 3; count += 1) expect(keyless.open(seal.seal(TEXT, PLACE), PLACE)).toBeNull();
    expect(reported).toHaveLength(1);
    const onUnreadable = (keyId: string) => reported.push(keyId);
    expect(new DataSeal({ shop: 'main', key, onUnreadable }).open(seal.seal(TEXT, PLACE), PLACE)).toBe(TEXT);
    expect(reported).toHaveLength(1);
  });

  test('opens with the previous key, and seals again with the current one', () => {
    const old = seal.seal(TEXT, PLACE);
    const rotated = new DataSeal({ shop: 'main', key: other, previousKey: key });
    expect(rotated.open(old, PLACE)).toBe(TEXT);
    const renewed = rotated.renew(old, PLACE);
    expect(new DataSeal({ shop: 'main', key: other }).open(renewed, PLACE)).toBe(TEXT);
    expect(rotated.renew(renewed, PLACE)).toBe(renewed);
    expect(rotated.open(rotated.renew(TEXT, PLACE), PLACE)).toBe(TEXT);
  });

  test('without a key stores plain texts, and opens sealed ones for the next write', () => {
    const unkeyed = new DataSeal({ shop: 'main', previousKey: key });
    expect(unkeyed.seal(TEXT, PLACE)).toBe(TEXT);
    expect(unkeyed.renew(seal.seal(TEXT, PLACE), PLACE)).toBe(TEXT);
    const unknown = new DataSeal({ shop: 'main', key: other }).seal(TEXT, PLACE);
    expect(unkeyed.renew(unknown, PLACE)).toBe(unknown);
  });

  test('shows in the stored form whether it was sealed', () => {
    expect([isSealed(seal.seal(TEXT, PLACE)), isSealed(TEXT), isSealed(`${TEXT}sealed:1:`)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(NO_SEAL.seal(TEXT, PLACE)).toBe(TEXT);
  });

  test('refuses a key of another length', () => {
    expect(() => new DataSeal({ shop: 'main', key: randomBytes(16) })).toThrow(
      new RangeError('a data key has 32 bytes'),
    );
  });
});
