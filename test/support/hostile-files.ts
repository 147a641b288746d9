import type { Dice } from './dice.ts';

/** Hostile and broken files: each repeats a few patterns up to some mebibytes. */

const HEADERS = ['sku,title,onHand\n', 'sku;title;price;currency\n', 'sku\ttitle\n', '', '"', '\ufeffsku,title\n'];

const PATTERNS: readonly string[] = [
  ',',
  ';',
  '\t',
  '"',
  '""',
  '",',
  '\n',
  '\r',
  '\r\n',
  '\0',
  '[',
  '{"sku":',
  '{"a":1,',
  '{"sku":"a","title":"x"}\n',
  'a,b,1\n',
  'a,"b\n',
  'a,b"c\n',
  `${','.repeat(1_000)}\n`,
  `${','.repeat(60_000)}\n`,
  `"${',"'.repeat(500)}\n`,
  `{"sku":"${'x'.repeat(60_000)}"}\n`,
  `${'['.repeat(60_000)}\n`,
  'x'.repeat(1_000),
  '\u{1f600}',
  '\ud7ff\u0301',
];
const BAD_BYTES = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xfe, 0xff], [0xf0, 0x9f]];

const MEBIBYTE = 1_048_576;

export interface HostileFile {
  format: 'csv' | 'jsonl';
  parts(): Generator<Buffer>;
}

/** Creates a random file. Dice of one seed always create the same file. */
export function hostileFile(dice: Dice, bytesMax: number): HostileFile {
  const format = dice.pick(['csv', 'jsonl'] as const);
  const header = dice.pick(HEADERS);
  const patterns = Array.from({ length: dice.between(1, 4) }, () => patternOf(dice));
  const bytes = dice.between(1, bytesMax);
  const partBytes = dice.pick([1_000, 65_536, MEBIBYTE]);
  return {
    format,
    *parts() {
      yield Buffer.from(header);
      let sent = 0;
      for (let turn = 0; sent < bytes; turn += 1) {
        const part = Buffer.alloc(Math.min(partBytes, bytes - sent), patterns[turn % patterns.length]);
        sent += part.length;
        yield part;
      }
    },
  };
}

function patternOf(dice: Dice): Buffer {
  if (dice.chance(0.15)) return Buffer.from(dice.pick(BAD_BYTES));
  if (dice.chance(0.15)) return Buffer.from(Array.from({ length: 256 }, () => dice.between(0, 255)));
  return Buffer.from(dice.pick(PATTERNS));
}
