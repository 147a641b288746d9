import { HELD_PREFIX } from '../../../domain/machine/held-counts.ts';
import { DOCUMENT_LISTS } from '../../../domain/records.ts';
import type { CountClaim, IndexFault, IndexPage, WrongCount } from '../../index-check.ts';
import { heldCountIn } from '../../count-check.ts';
import type { PageOf, Store } from '../../store.ts';
import { pack } from '../codec/msgpack.ts';
import type { ScriptReader } from '../scripts/script-reader.ts';

/** The order matters: a SKU's earliest deadline is derived from its entries, so those are repaired first. */
const WALK_NAMES = [
  'holds',
  'due_holds',
  'stock',
  'skus',
  'due_skus',
  'documents',
  ...DOCUMENT_LISTS,
  'due_documents',
] as const;

type RawFault = [index: Buffer, record: Buffer, found: Buffer, expected: Buffer];

/** A cursor is the number of a walk and the cursor of Redis within it, as in `3:1042`. */
export async function checkIndexes(
  reader: ScriptReader,
  { cursor, limit, mend }: PageOf<'checkIndexes'>,
): Promise<IndexPage> {
  const [walk = 0, within = '0'] = cursor === null ? [] : [Number(cursor.split(':')[0]), cursor.split(':')[1]];
  const name = WALK_NAMES[walk];
  if (name === undefined) return { sequence: 0, faults: [], next: null };
  const reply = await reader.run(mend ? 'mend-indexes' : 'check-indexes', [name, within, limit]);
  const [sequence, next, raws] = reply as [Buffer, Buffer, RawFault[]];
  const [nextWalk, nextWithin] = String(next) === '0' ? [walk + 1, '0'] : [walk, String(next)];
  return {
    sequence: Number(sequence),
    faults: raws.map((raw) => {
      const [index, record, found, expected] = raw.map(String) as [IndexFault['index'], string, string, string];
      return { index, record, found, expected };
    }),
    next: nextWalk === WALK_NAMES.length ? null : `${nextWalk}:${nextWithin}`,
  };
}

export async function checkCounts(
  reader: ScriptReader,
  claims: readonly CountClaim[],
  mend: boolean,
): Promise<WrongCount[]> {
  const items = claims.map(({ sku, customer, stock, units, sequence, orders, isExact }) => {
    return [sku, customer, units, sequence, orders.map(({ key, version }) => [key, version]), isExact, stock];
  });
  const wrong = (await reader.run(mend ? 'mend-counts' : 'check-counts', [pack(items)])) as [Buffer, Buffer][];
  return wrong.flatMap(([index, found]) => {
    const claim = claims[Number(index) - 1];
    return claim ? [{ claim, found: Number(found) }] : [];
  });
}

export async function heldCounts(
  reader: ScriptReader,
  { cursor, limit }: PageOf<'heldCounts'>,
): Promise<Awaited<ReturnType<Store['heldCounts']>>> {
  const reply = await reader.run('held-counts', [cursor ?? '0', limit, `${HELD_PREFIX}*`]);
  const [next, fields] = reply as [Buffer, Buffer[]];
  const counts = fields.flatMap((field, index) =>
    index % 2 === 0 ? [heldCountIn(String(field), Number(fields[index + 1]))] : [],
  );
  return { counts, next: String(next) === '0' ? null : String(next) };
}
