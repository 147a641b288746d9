import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRows } from '../../src/api/bulk/csv-rows.ts';
import { READERS } from '../../src/api/bulk/bulk-inputs.ts';
import { isPlainRow } from '../../src/api/bulk/plain-row.ts';
import { fileRow } from '../../src/api/bulk/row-columns.ts';
import { WRITERS } from '../../src/api/bulk/row-writer.ts';
import { text as textField } from '../../src/contract/inputs/fields.ts';
import { isSku } from '../../src/domain/skus.ts';
import {
  INITIAL_SETTINGS,
  plainSettingsOf,
  PLAIN_SETTINGS,
  type PlainType,
  type Setting,
  SKU_SETTINGS,
} from '../../src/domain/sku-settings.ts';
import type { ExportRow, ImportEntry } from '../../src/shop/bulk/bulk-api.ts';

type Format = 'csv' | 'jsonl';

/** Splits bytes into parts of `size`, so that boundaries fall within characters, quotes and line ends. */
async function* inParts(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function read(format: Format, text: string | Buffer, size = 7): Promise<ImportEntry[]> {
  const entries: ImportEntry[] = [];
  for await (const some of READERS[format](inParts(Buffer.from(text), size))) entries.push(...some);
  return entries;
}

const rowsIn = (entries: readonly ImportEntry[]) =>
  entries.map((entry) => ('row' in entry ? entry.row : entry.problems));
const HEADER = 'sku,title,price,currency,safetyStock,limitPerCustomer,onHand\n';
const csvRow = async (line: string) => rowsIn(await read('csv', `${HEADER}${line}\n`))[0];
const jsonRow = async (line: string) => rowsIn(await read('jsonl', `${line}\n`))[0];
const problem = (column: string | undefined, message: string, sku?: string) => [
  { ...(sku && { sku }), ...(column && { column }), reason: 'invalid_input', message },
];
const WHOLE = 'must be a whole number from 0 to 1000000000000';
const MAJOR = `${WHOLE} of minor units, such as 1900 for 19.00 EUR`;
const SKU = 'must be 1 to 128 characters, without control characters or blanks at the ends';
const UNITS = 'must be a whole number from 1 to 1000000000000';
const TEXT = 'must be 1 to 255 characters';

describe('rows of CSV', () => {
  test.each([
    [
      'all columns',
      'a,T,5,EUR,1,2,3',
      {
        sku: 'a',
        title: 'T',
        unitPrice: { amount: 5, currency: 'EUR' },
        safetyStock: 1,
        limitPerCustomer: 2,
        onHand: 3,
      },
    ],
    ['empty cells leave', 'a,,,,,,', { sku: 'a' }],
    ['null clears', 'a,null,null,null,,null,', { sku: 'a', title: null, unitPrice: null, limitPerCustomer: null }],
    ['a price alone clears its currency with it', 'a,,null,,,,', { sku: 'a', unitPrice: null }],
    ['a SKU of that name', 'null,,,,,,0', { sku: 'null', onHand: 0 }],
    ['quotes, commas, line ends', 'a,"x, ""y""\r\nz",,,,,', { sku: 'a', title: 'x, "y"\r\nz' }],
    [
      'spaces around numbers, but not around titles',
      'a," T ", 5 ,EUR,,, 7',
      { sku: 'a', title: ' T ', unitPrice: { amount: 5, currency: 'EUR' }, onHand: 7 },
    ],
    ['an apostrophe before a formula', "a,'=1+1,,,,,", { sku: 'a', title: '=1+1' }],
    ['an apostrophe of its own', "a,'90s,,,,,", { sku: 'a', title: "'90s" }],
    ['an apostrophe before the word', "a,'null,,,,,", { sku: 'a', title: 'null' }],
    [
      'the bounds',
      `a,${'x'.repeat(255)},1000000000000,EUR,1000000000000,1,0`,
      {
        sku: 'a',
        title: 'x'.repeat(255),
        unitPrice: { amount: 1e12, currency: 'EUR' },
        safetyStock: 1e12,
        limitPerCustomer: 1,
        onHand: 0,
      },
    ],
  ])('%s', async (_name, line, row) => expect(await csvRow(line)).toEqual(row));

  test.each([
    ['no SKU', ',,,,,,1', problem('sku', SKU)],
    ['a bad SKU', 'a\tb,,,,,,1', problem('sku', SKU)],
    ['a SKU that is too long', `${'a'.repeat(129)},,,,,,1`, problem('sku', SKU)],
    ['a long title', `a,${'x'.repeat(256)},,,,,`, problem('title', TEXT, 'a')],
    [
      'a title with NUL',
      'a,x\0y,,,,,',
      problem('title', 'must be well-formed Unicode without control or bidi characters', 'a'),
    ],
    ['a price without currency', 'a,,5,,,,', problem('currency', 'is needed with a price', 'a')],
    ['a currency without price', 'a,,,EUR,,,', problem('price', 'is needed with a currency', 'a')],
    ['a currency of another form', 'a,,5,eur,,,', problem('currency', 'must be three capital letters', 'a')],
    ['a price with a point', 'a,,5.50,EUR,,,', problem('price', MAJOR, 'a')],
    ['a price with a decimal comma', 'a,,"5,50",EUR,,,', problem('price', MAJOR, 'a')],
    ['a price too high', 'a,,1000000000001,EUR,,,', problem('price', WHOLE, 'a')],
    ['a negative count', 'a,,,,,,-1', problem('onHand', WHOLE, 'a')],
    ['an exponent', 'a,,,,,,1e3', problem('onHand', WHOLE, 'a')],
    ['a count cleared', 'a,,,,,,null', problem('onHand', WHOLE, 'a')],
    ['a safety stock cleared', 'a,,,,null,,', problem('safetyStock', WHOLE, 'a')],
    ['a limit of none', 'a,,,,,0,', problem('limitPerCustomer', UNITS, 'a')],
    ['a cell too few', 'a,,,,,', problem(undefined, 'has 6 cells where the first line has 7')],
    ['a cell too many', 'a,,,,,,,', problem(undefined, 'has 8 cells where the first line has 7')],
  ])('%s is a problem', async (_name, line, problems) => expect(await csvRow(line)).toEqual(problems));

  test('reports all problems of a row', async () => {
    expect(await csvRow('a\u200bb,,x,EUR,-1,0,2')).toHaveLength(4);
  });

  test('accepts columns in any order, a BOM, CRLF, empty lines and a last line without an end', async () => {
    const entries = await read('csv', '\ufeffonHand, sku\r\n1,a\r\n\r\n2,b', 1);
    expect(rowsIn(entries)).toEqual([
      { sku: 'a', onHand: 1 },
      { sku: 'b', onHand: 2 },
    ]);
  });

  test.each([';', '\t'])('separates cells by %j if the first line does', async (separator) => {
    const lines = ['sku,title,price,currency,onHand', 'a,"x, ""y""",5,EUR,1', 'b,T,19.00,EUR,'];
    const text = lines.join('\n').replaceAll(/,(?! )/g, separator);
    expect(rowsIn(await read('csv', text))).toEqual([
      { sku: 'a', title: 'x, "y"', unitPrice: { amount: 5, currency: 'EUR' }, onHand: 1 },
      problem('price', MAJOR, 'b'),
    ]);
    expect(
      rowsIn(await read('csv', `sku${separator}price${separator}currency\na${separator}19,00${separator}EUR`)),
    ).toEqual([problem('price', MAJOR, 'a')]);
  });

  test('accepts expectedOnHand only together with onHand', async () => {
    expect(rowsIn(await read('csv', 'sku,onHand,expectedOnHand\na,3,4\nb,,4\nc,3,\nd,3,null\n'))).toEqual([
      { sku: 'a', onHand: 3, expectedOnHand: 4 },
      problem('onHand', 'is needed with expectedOnHand', 'b'),
      { sku: 'c', onHand: 3 },
      problem('expectedOnHand', WHOLE, 'd'),
    ]);
  });

  test('reports a row with too many cells, quoted or not, and reads on', async () => {
    const wide = problem(undefined, 'has more than 1024 separators');
    const text = `sku,title\na,A\n${','.repeat(60_000)}\nb,"${','.repeat(1_024)}"\nc,C\n`;
    expect(rowsIn(await read('csv', text, 10_000))).toEqual([
      { sku: 'a', title: 'A' },
      wide,
      wide,
      { sku: 'c', title: 'C' },
    ]);
  });

  test('ends a file of commas after the bytes of one row', async () => {
    let parts = 0;
    async function* commas() {
      for (parts = 0; parts < 1_000; parts += 1) yield Buffer.alloc(65_536, ',');
    }
    const entries = csvRows(commas());
    await expect(entries.next()).rejects.toMatchObject({ name: 'UnreadableFile', path: '' });
    expect(parts).toBeLessThan(3);
  });

  test('decodes characters that parts split', async () => {
    const titles = Array.from({ length: 3_000 }, (_, index) => `${'x'.repeat(index % 7)}\u{1f600}é`);
    const text = `sku,title\n${titles.map((title, index) => `s${index},${title}\n`).join('')}`;
    const rows = rowsIn(await read('csv', text, 65_536));
    expect(rows).toEqual(titles.map((title, index) => ({ sku: `s${index}`, title })));
  });

  test.each([
    ['a quote within a cell', `${HEADER}a,,,,,,1\nb,x"y"z,,,,,\n`, 'row 2'],
    ['text behind a quote', `${HEADER}b,"x"y,,,,,\n`, 'row 1'],
    ['a quote that is never closed', `${HEADER}a,"x,,,,,\n${'a,,,,,,\n'.repeat(20_000)}`, 'row 1'],
    ['bytes that are not UTF-8', Buffer.concat([Buffer.from(`${HEADER}a,`), Buffer.from([0xc3, 0x28])]), 'row 1'],
    [
      'a file that ends within a character',
      Buffer.concat([Buffer.from(`${HEADER}a,x`), Buffer.from([0xe2, 0x82])]),
      'row 1',
    ],
  ])('%s ends the file', async (_name, text, path) => {
    await expect(read('csv', text, 1_000)).rejects.toMatchObject({ name: 'UnreadableFile', path });
  });
});

const mangled = (text: string, at: string, bytes: number[]): Buffer => {
  const [before = '', after = ''] = text.split(at);
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
};
const bodies: Record<Format, string> = {
  csv: `sku,title\n${Array.from({ length: 300 }, (_, index) => `s${index},T\n`).join('')}bad,x!y\nnext,T\n`,
  jsonl: `${Array.from({ length: 300 }, (_, index) => `{"sku":"s${index}"}\n`).join('')}{"sku":"bad","title":"x!y"}\n`,
};

describe.each<Format>(['csv', 'jsonl'])('bytes that are not UTF-8 text, as %s', (format) => {
  async function rowsBefore(file: Buffer, size: number): Promise<{ rows: number; failure: unknown }> {
    let rows = 0;
    try {
      for await (const some of READERS[format](inParts(file, size)))
        rows += some.filter((entry) => 'row' in entry).length;
      return { rows, failure: null };
    } catch (failure) {
      return { rows, failure };
    }
  }

  test.each([
    ['a byte of Latin-1', [0xfc]],
    ['a continuation byte alone', [0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['an overlong form', [0xc0, 0xaf]],
  ])('%s ends the file at its row, behind all rows before it', async (_name, bytes) => {
    const file = mangled(bodies[format], '!', bytes);
    for (const size of [1, 100, 65_536]) {
      const { rows, failure } = await rowsBefore(file, size);
      expect([rows, failure]).toEqual([300, expect.objectContaining({ name: 'UnreadableFile', path: 'row 301' })]);
      expect((failure as Error).message).toContain('save the file as UTF-8');
    }
  });

  test('ends the file at a row whose last character is cut', async () => {
    const file = Buffer.from(bodies[format].replace(/!.*/s, '\u{1f600}')).subarray(0, -1);
    const { rows, failure } = await rowsBefore(file, 1_000);
    expect([rows, failure]).toEqual([300, expect.objectContaining({ path: 'row 301' })]);
  });

  test.each(['utf16le', 'utf16be'])(
    '%s is refused with what to do, with a byte order mark or without',
    async (encoding) => {
      for (const mark of ['\ufeff', '']) {
        const file = Buffer.from(mark + bodies[format], 'utf16le');
        if (encoding === 'utf16be') file.swap16();
        const { rows, failure } = await rowsBefore(file, 1_000);
        expect([rows, (failure as Error).message]).toEqual([0, expect.stringMatching(/UTF-16.*UTF-8|UTF-8.*UTF-16/)]);
      }
    },
  );

  test('reports a NUL byte as a problem of its row', async () => {
    const { rows, failure } = await rowsBefore(mangled(bodies[format], '!', [0]), 1_000);
    expect([rows, failure]).toEqual([format === 'csv' ? 301 : 300, null]);
  });

  test('does not yield a row in the middle of which the source fails', async () => {
    async function* broken() {
      yield Buffer.from(bodies[format].replace(/!.*/s, ''));
      throw new Error('the connection broke');
    }
    let rows = 0;
    const all = async () => {
      for await (const some of READERS[format](broken())) rows += some.length;
    };
    await expect(all()).rejects.toThrow('the connection broke');
    expect(rows).toBe(300);
  });
});

describe('rows of JSON lines', () => {
  test.each([
    ['{"sku":"a"}', { sku: 'a' }],
    ['  {"sku":"a","title":null,"onHand":-0} \r', { sku: 'a', title: null, onHand: 0 }],
    ['{"sku":"a","title":"=1"}', { sku: 'a', title: '=1' }],
    ['{"sku":"a","title":"null"}', { sku: 'a', title: 'null' }],
    ['{"sku":"a","price":5,"currency":"EUR"}', { sku: 'a', unitPrice: { amount: 5, currency: 'EUR' } }],
    [
      '{"sku":"a","more":1,"\\u001b[31m":2}',
      [
        ...problem('more', expect.any(String) as string, 'a'),
        ...problem('\u001b[31m', expect.any(String) as string, 'a'),
      ],
    ],
    ['{"sku":"a","onHand":"5"}', problem('onHand', WHOLE, 'a')],
    [
      '{"sku":"a","title":"\\ud800"}',
      problem('title', 'must be well-formed Unicode without control or bidi characters', 'a'),
    ],
    ['{"sku":5}', problem('sku', SKU)],
    [
      '{"__proto__":{"sku":"a"}}',
      [expect.objectContaining({ column: 'sku' }), expect.objectContaining({ column: '__proto__' })],
    ],
    ['[1]', problem(undefined, 'is not a JSON object')],
    ['null', problem(undefined, 'is not a JSON object')],
    ['nonsense', problem(undefined, 'is not JSON')],
  ])('%s', async (line, expected) => expect(await jsonRow(line)).toEqual(expected));

  test('reports a line that is too long, and reads the lines around it', async () => {
    const long = `{"sku":"b","title":"${'x'.repeat(200_000)}"}`;
    const entries = await read('jsonl', `{"sku":"a"}\n\n${long}\n{"sku":"c"}`, 10_000);
    const tooLong = problem(undefined, 'has more than 65536 bytes');
    expect(rowsIn(entries)).toEqual([{ sku: 'a' }, tooLong, { sku: 'c' }]);
    expect(rowsIn(await read('jsonl', long, 10_000))).toEqual([tooLong]);
  });
});

const title = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom("'", '=', '+', '-', '@', '"', ',', ';', '|', '\r', '\n', '\t', ' ', 'n', 'null', '＝'),
    minLength: 1,
    maxLength: 6,
  }),
);
/** SKUs with the characters that files treat specially. */
const sku = title.map((text) => text.normalize('NFC')).filter(isSku);
const text = title.filter((value) => textField.safeParse(value).success);
const money = fc.record({ amount: fc.integer({ min: 0, max: 1e12 }), currency: fc.constantFrom('EUR', 'JPY') });

function anyValueOf(setting: Setting<unknown, PlainType>): fc.Arbitrary<unknown> {
  const value: fc.Arbitrary<unknown> =
    setting.type === 'whole' ? fc.integer(setting) : { text, money, flag: fc.boolean() }[setting.type];
  return setting.initial === null ? fc.option(value) : value;
}

const component = fc.record({ sku, quantity: fc.integer({ min: 1, max: 1_000_000 }) });
/** A kit has no units of its own. */
const exportRow = fc
  .record({
    sku: fc.oneof(fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/), sku),
    ...Object.fromEntries(PLAIN_SETTINGS.map((name) => [name, anyValueOf(SKU_SETTINGS[name])])),
    components: fc.option(fc.uniqueArray(component, { selector: (each) => each.sku, minLength: 1, maxLength: 3 })),
    onHand: fc.nat(),
  })
  .map(({ onHand, ...row }) => (row.components ? row : { ...row, onHand })) as unknown as fc.Arbitrary<ExportRow>;

test.each<Format>(['csv', 'jsonl'])('reads what it has written as %s', async (format) => {
  const sizes = fc.integer({ min: 1, max: 50 });
  const holds = async (rows: ExportRow[], size: number): Promise<void> => {
    const { head, lines } = WRITERS[format];
    expect(rowsIn(await read(format, head(false) + lines(rows, false), size))).toEqual(rows);
  };
  await fc.assert(fc.asyncProperty(fc.array(exportRow, { maxLength: 5 }), sizes, holds), { numRuns: 300 });
});

test('never exports a title as a cell that begins a formula', () => {
  const startsFormula = /^[=+\-@\t\r\n＝＋－＠]|[;\t|\r\n][\s"]*[=+\-@＝＋－＠]/;
  const holds = (text: string): void => {
    const untitled = { sku: 'a', ...plainSettingsOf(INITIAL_SETTINGS), components: null, onHand: 0 };
    const end = WRITERS.csv.lines([untitled], false).slice('a,null'.length);
    const cell = WRITERS.csv.lines([{ ...untitled, title: text }], false).slice('a,'.length, -end.length);
    expect(cell.replace(/^"/, '')).not.toMatch(startsFormula);
  };
  fc.assert(fc.property(title, holds), { numRuns: 500 });
});

describe('plain rows', () => {
  const mostly = <T>(plain: fc.Arbitrary<T>, ...others: unknown[]) =>
    fc.oneof({ weight: 20, arbitrary: plain }, { weight: 1, arbitrary: fc.constantFrom(...others) });
  const numbers = mostly(fc.integer({ min: 0, max: 1e12 }), 1e12 + 1, 0.5, -0, -1, '7', null, undefined);
  const texts = mostly(
    fc.string({ minLength: 1, maxLength: 9 }),
    'a'.repeat(256),
    ' x',
    'é',
    'e\u0301',
    '\t',
    '',
    null,
  );
  const values = fc.record(
    {
      sku: mostly(fc.stringMatching(/^[\w.:-]{1,129}$/), ' x', 'é', '', null),
      title: texts,
      price: numbers,
      currency: mostly(fc.constantFrom('EUR', 'USD'), 'eur', null),
      safetyStock: numbers,
      limitPerCustomer: numbers,
      holdUnitsMax: numbers,
      backorderLimit: numbers,
      shipsAt: numbers,
      protected: mostly(fc.boolean(), 'true', null, undefined),
      onHand: numbers,
      expectedOnHand: mostly(fc.constant(undefined), 1, -1),
      other: mostly(fc.constant(undefined), 1),
    },
    { requiredKeys: ['sku'] },
  );
  const namedFields = (row: object) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));

  test('are accepted by the schema unchanged', () => {
    let plain = 0;
    fc.assert(
      fc.property(values.map(namedFields), (given) => {
        if (!isPlainRow(given)) return;
        plain += 1;
        expect(fileRow.safeParse(given)).toEqual({ success: true, data: given });
      }),
      { numRuns: 3_000, examples: [[{ sku: 'a' }], [{ sku: 'a', price: 1, currency: 'EUR', onHand: 1e12 }]] },
    );
    expect(plain).toBeGreaterThan(100);
  });

  test('include the rows of usual files', () => {
    const all = { sku: 'mug-7', title: 'A mug, 7', price: 1_299, currency: 'EUR', safetyStock: 2, onHand: 9 };
    expect(isPlainRow({ ...all, limitPerCustomer: 5, holdUnitsMax: 2, requiresCustomer: true })).toBe(true);
    for (const wrong of [{ expectedOnHand: 1 }, { other: 1 }, { price: 0 }, { sku: ' ' }, { currency: undefined }]) {
      expect(isPlainRow({ ...all, ...wrong })).toBe(false);
    }
  });
});
