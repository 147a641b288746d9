import { WEBHOOK_EVENTS } from '../../src/contract/webhook-records.ts';
import type { Field, ProcedureRow } from './procedure-row.ts';

const OPERATOR = { operator: true };
const NOT_TEXT = [1, true, [], {}, ['a'], { a: 1 }];

const required = (field: Field): Field => ({ ...field, bad: [...field.bad, null], required: true });
const optional = (field: Field): Field => ({ ...field, bad: [...field.bad, null] });

// An address needs no DNS lookup. No event in that shop is sent to it.
const url: Field = {
  good: ['https://1.1.1.1/', `https://1.1.1.1/${'p'.repeat(2_000)}`],
  bad: [
    '',
    'x',
    'http://1.1.1.1/',
    'https://127.0.0.1/',
    `https://1.1.1.1/${'p'.repeat(2_048)}`,
    'https://a b/',
    ...NOT_TEXT,
  ],
};
const events: Field = {
  good: [['order.placed'], ['stock.low', 'stock.low']],
  bad: [
    [],
    ['order.paid'],
    [''],
    [1],
    'order.placed',
    1,
    {},
    Array.from({ length: WEBHOOK_EVENTS.length + 1 }, () => 'stock.low'),
  ],
};
const fields: Field = {
  good: [['contact']],
  bad: [[], ['email'], [''], [1], 'contact', 1, {}, ['contact', 'contact']],
};
const description: Field = { good: ['x', 'y'.repeat(255)], bad: ['', 'x'.repeat(256), 'a\0b', '\ud800', ...NOT_TEXT] };
const id: Field = { good: ['whk_nope', '!'.repeat(100)], bad: ['', 'a'.repeat(101), 'a b', 'ä', 'a\0', ...NOT_TEXT] };
const eventIds: Field = {
  good: [['evt_main_1-0o'], Array.from({ length: 500 }, (_, n) => `e${n}`)],
  bad: [[], [''], ['a b'], ['e'.repeat(256)], [1], 'e', {}, Array.from({ length: 501 }, (_, n) => `e${n}`)],
};
const flag: Field = { good: [true, false], bad: ['', 'true', 0, 1, [], {}] };
const idempotencyKey = optional({ good: ['k', 'k'.repeat(255)], bad: ['', 'k'.repeat(256), 'ü', 'a\tb', ...NOT_TEXT] });
const reason = optional(description);
const endpointId = required(id);
const page = {
  cursor: optional({ good: [], bad: ['', 'x', 'c'.repeat(513), ...NOT_TEXT] }),
  limit: optional({ good: [1, 500], bad: [0, 501, 1.5, '1', true, [], {}] }),
};
const NOPE = { endpointId: 'whk_nope' };

const row = (
  type: ProcedureRow['type'],
  path: string,
  base: Record<string, unknown>,
  fields: Record<string, Field>,
): ProcedureRow => ({ path: `webhooks.${path}`, type, who: OPERATOR, base, fields });

export const WEBHOOK_PROCEDURES: ProcedureRow[] = [
  row(
    'mutation',
    'create',
    { url: 'https://1.1.1.1/hooks' },
    {
      url: required(url),
      events: optional(events),
      description: optional(description),
      fields: optional(fields),
      reason,
      idempotencyKey,
    },
  ),
  row('query', 'list', {}, {}),
  row('mutation', 'update', NOPE, {
    endpointId,
    url: optional(url),
    events: { good: [...events.good, null], bad: events.bad },
    description: { good: [...description.good, null], bad: description.bad },
    fields: { good: [...fields.good, null], bad: fields.bad },
    enabled: optional(flag),
    reason,
    idempotencyKey,
  }),
  row('mutation', 'rotateSecret', NOPE, { endpointId, reason, idempotencyKey }),
  row('mutation', 'delete', NOPE, { endpointId, reason, idempotencyKey }),
  row('query', 'waiting', NOPE, { endpointId, ...page }),
  row('query', 'deliveries', NOPE, { endpointId }),
  row('query', 'deadLetters', NOPE, { endpointId, ...page }),
  row('mutation', 'replay', NOPE, { endpointId, eventIds: optional(eventIds), reason, idempotencyKey }),
];
