import type { Field, ProcedureRow } from './procedure-row.ts';

const OPERATOR = { operator: true };
const NOT_TEXT = [1, true, [], {}, ['a'], { a: 1 }];
const UNITS_MAX = 1_000_000_000_000;

const required = (field: Field): Field => ({ ...field, bad: [...field.bad, null], required: true });
const optional = (field: Field): Field => ({ ...field, bad: [...field.bad, null] });

const id: Field = { good: ['trf_nope', '!'.repeat(100)], bad: ['', 'a'.repeat(101), 'a b', 'ä', 'a\0', ...NOT_TEXT] };
const location: Field = {
  good: ['0', `a_-${'9'.repeat(29)}`],
  bad: ['', 'A', '-a', 'a b', 'a'.repeat(33), ...NOT_TEXT],
};
const text: Field = { good: ['x', 'y'.repeat(255)], bad: ['', 'x'.repeat(256), 'a\0b', '\ud800', ...NOT_TEXT] };
const idempotencyKey = optional({ good: ['k', 'k'.repeat(255)], bad: ['', 'k'.repeat(256), 'ü', 'a\tb', ...NOT_TEXT] });
const line = (quantity: unknown, sku: unknown = 'known') => ({ sku, quantity });
const many = (count: number) => Array.from({ length: count }, (_, each) => line(1, `s${each}`));
const badLines = [
  [],
  many(101),
  [line(1), line(1)],
  [line(-1)],
  [line(1.5)],
  [line('1')],
  [line(UNITS_MAX + 1)],
  [line(1, '')],
  [line(1, null)],
  [line(1, 'known@berlin')],
  [{ sku: 'known' }],
  [{ quantity: 1 }],
  [{ ...line(1), more: 1 }],
  [null],
  line(1),
  'known',
  1,
];
const sent: Field = { good: [[line(1)], [line(UNITS_MAX), line(1, 'b')], many(100)], bad: [...badLines, [line(0)]] };
const arrived: Field = {
  good: [[line(1)], [{ ...line(0), lost: UNITS_MAX }], [{ ...line(1), lost: 0 }], many(100)],
  bad: [...badLines, [line(0)], [{ ...line(0), lost: 0 }], [{ ...line(1), lost: -1 }], [{ ...line(1), lost: null }]],
};
const status: Field = { good: ['draft', 'in_transit', 'received', 'cancelled'], bad: ['', 'lost', 1, null] };

const row = (
  type: ProcedureRow['type'],
  path: string,
  base: Record<string, unknown>,
  fields: Record<string, Field>,
): ProcedureRow => ({ path: `transfers.${path}`, type, who: OPERATOR, base, fields });

const NOPE = { transferId: 'trf_nope' };

export const TRANSFER_PROCEDURES: ProcedureRow[] = [
  row(
    'mutation',
    'create',
    { from: 'main', to: 'berlin', lines: [line(1)] },
    {
      from: required(location),
      to: required(location),
      lines: required(sent),
      reference: optional(text),
      reason: optional(text),
      idempotencyKey,
    },
  ),
  row('mutation', 'dispatch', NOPE, { transferId: required(id), reason: optional(text), idempotencyKey }),
  row(
    'mutation',
    'receive',
    { ...NOPE, lines: [line(1)], reason: 'why' },
    { transferId: required(id), lines: required(arrived), reason: optional(text), idempotencyKey },
  ),
  row(
    'mutation',
    'cancel',
    { ...NOPE, reason: 'why' },
    { transferId: required(id), reason: required(text), idempotencyKey },
  ),
  row('query', 'get', NOPE, { transferId: required(id) }),
  row(
    'query',
    'list',
    {},
    {
      status: optional(status),
      cursor: optional({ good: [], bad: ['', 'x', 'c'.repeat(513), 'Y3Vyc29y', ...NOT_TEXT] }),
      limit: optional({ good: [1, 500], bad: [0, 501, 1.5, '1', true, [], {}] }),
    },
  ),
];
