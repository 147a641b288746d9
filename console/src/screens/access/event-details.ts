import type { Money } from '../../../../src/client/client.ts';
import { money } from '../../format.ts';
import { DETAIL } from '../../detail-text.ts';
import type { Event } from './access-records.ts';

const { access } = DETAIL;

/** A field of an event, with its values before and after the change. */
export interface Detail {
  name: string;
  before: string | null;
  after: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isMoney = (value: unknown): value is Money =>
  isFields(value) && typeof value['amount'] === 'number' && typeof value['currency'] === 'string';

const leafText = (value: unknown): string | null => {
  if (value === undefined || value === null) return null;
  if (isMoney(value)) return money(value);
  if (!Array.isArray(value)) return String(value as string | number | boolean);
  return value.length === 0 ? access.noneOf : value.join(', ');
};

/** Fields whose values are names of the API, such as `newest_holds`. */
const NAMED: ReadonlySet<string | undefined> = new Set(['takeFrom', 'status', 'offReason']);

const wordsOf = (field: string | undefined, text: string | null): string | null =>
  NAMED.has(field) && text !== null ? text.replaceAll('_', ' ') : text;

const isLeaf = (value: unknown): boolean =>
  isMoney(value) || (Array.isArray(value) ? value.every((each) => typeof each !== 'object') : !isFields(value));

/** Returns the values of an event by their names. A value inside of others has all their names: `mug unitPrice`. */
function leavesOf(value: unknown, path: readonly string[] = []): [string, string | null][] {
  if (isLeaf(value)) return [[path.join(' '), wordsOf(path.at(-1), leafText(value))]];
  const children = Array.isArray(value) ? value.map(named) : Object.entries(value as Fields);
  return children.flatMap(([name, child]) => leavesOf(child, [...path, name].filter(isTelling)));
}

/** A part of a list is called by its SKU, or else by its number. */
function named(part: unknown, index: number): [string, unknown] {
  if (!isFields(part) || typeof part['sku'] !== 'string') return [String(index + 1), part];
  const { sku, ...fields } = part;
  return [String(sku), fields];
}

/** The names of lists say nothing that the names in them do not say. */
const isTelling = (name: string): boolean => name !== 'skus';

const SUBJECTS = ['sku', 'orderId', 'transferId', 'endpointId', 'name', 'keyId', 'location', 'id', 'key'] as const;

/** Returns what an event is about: a SKU, an order, a key. */
export function subjectOf({ before, after }: Changed): string | null {
  const fields = { ...fieldsIn(before), ...fieldsIn(after) };
  const found = SUBJECTS.map((name) => fields[name]).find((value) => typeof value === 'string');
  return found === undefined ? null : String(found);
}

interface Changed {
  before?: unknown;
  after?: unknown;
}

/** Returns the fields of an event without its subject, and of a change only what has changed. */
export function detailsOf({ before, after }: Changed): Detail[] {
  const [old, young] = [new Map(leavesOf(fieldsIn(before))), new Map(leavesOf(fieldsIn(after)))];
  const subject = subjectOf({ before, after });
  const isChange = before !== undefined && after !== undefined;
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((name) => {
    const detail = { name: access.fieldOf(name), before: old.get(name) ?? null, after: young.get(name) ?? null };
    if (detail.before !== detail.after) return detail.after === subject && !isChange ? [] : [detail];
    return isChange && !/id$/i.test(name) ? [] : detail.after === subject ? [] : [{ ...detail, before: null }];
  });
}

const fieldsIn = (value: unknown): Fields => (isFields(value) ? value : value === undefined ? {} : { value });

const skusIn = (value: unknown): unknown[] => {
  const { skus } = fieldsIn(value);
  return Array.isArray(skus) ? skus : [];
};

/** Returns the events with one row for each import: an import records its beginning, and its changes in parts. */
export function withWholeImports(events: readonly Event[]): Event[] {
  const rows: Event[] = [];
  for (const event of events) {
    const newer = rows.at(-1);
    if (!newer || !isSameImport(newer, event)) rows.push(event);
    else rows[rows.length - 1] = joined(newer, event);
  }
  return rows;
}

const isSameImport = (one: Event, other: Event): boolean =>
  one.what === 'stock.import' &&
  other.what === one.what &&
  one.by === other.by &&
  fieldsIn(one.after)['key'] === fieldsIn(other.after)['key'] &&
  // The beginning is the oldest one: what comes before it is another import of the file.
  fieldsIn(one.after)['fromRow'] === undefined;

function joined(newer: Event, older: Event): Event {
  const skus = (side: 'before' | 'after'): unknown[] => [...skusIn(older[side]), ...skusIn(newer[side])];
  const [before, after] = [skus('before'), skus('after')];
  return {
    ...newer,
    ...(before.length > 0 && { before: { skus: before } }),
    after: { ...fieldsIn(newer.after), ...fieldsIn(older.after), ...(after.length > 0 && { skus: after }) },
  };
}
