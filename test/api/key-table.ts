import { SCOPE_NAMES } from '../../src/contract/scope-names.ts';
import type { Field, ProcedureRow } from './procedure-row.ts';

const OPERATOR = { operator: true };
const NOT_TEXT = [1, true, [], {}, ['a'], { a: 1 }];

const required = (field: Field): Field => ({ ...field, bad: [...field.bad, null], required: true });
const optional = (field: Field): Field => ({ ...field, bad: [...field.bad, null] });

const name: Field = {
  good: ['k', 'label-printer', '!'.repeat(64)],
  bad: ['', 'a'.repeat(65), 'a b', 'ä', 'a\0', ...NOT_TEXT],
};
const scopes: Field = {
  good: [[], ['stock:read'], ['stock:read', 'stock:read'], [...SCOPE_NAMES]],
  bad: [['stock'], ['stock:*'], [''], [1], [null], 'stock:read', 1, {}, [...SCOPE_NAMES, 'stock:read']],
};
const expiresAt: Field = {
  good: [9_000_000_000_000, Number.MAX_SAFE_INTEGER],
  bad: [0, 1, -1, 1.5, '9000000000000', Number.MAX_SAFE_INTEGER + 1, true, [], {}],
};
const ratePerMinute: Field = { good: [1, 1_000_000], bad: [0, -1, 1_000_001, 1.5, '1', true, [], {}] };
const reason: Field = { good: ['x', 'y'.repeat(255)], bad: ['', 'x'.repeat(256), 'a\0b', ...NOT_TEXT] };
const id: Field = { good: ['key_nope', '!'.repeat(100)], bad: ['', 'a'.repeat(101), 'a b', 'ä', 'a\0', ...NOT_TEXT] };
const idempotencyKey = optional({ good: ['k', 'k'.repeat(255)], bad: ['', 'k'.repeat(256), 'ü', 'a\tb', ...NOT_TEXT] });

const row = (
  type: ProcedureRow['type'],
  path: string,
  base: Record<string, unknown>,
  fields: Record<string, Field>,
): ProcedureRow => ({ path: `keys.${path}`, type, who: OPERATOR, base, fields });

export const KEY_PROCEDURES: ProcedureRow[] = [
  row(
    'mutation',
    'create',
    { name: 'k', scopes: [] },
    {
      name: required(name),
      scopes: required(scopes),
      expiresAt: optional(expiresAt),
      ratePerMinute: optional(ratePerMinute),
      reason: optional(reason),
      idempotencyKey,
    },
  ),
  row('query', 'list', {}, {}),
  row('mutation', 'revoke', { keyId: 'key_nope' }, { keyId: required(id), reason: optional(reason), idempotencyKey }),
  row('query', 'whoami', {}, {}),
];
