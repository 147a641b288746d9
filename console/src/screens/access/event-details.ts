import type { Money } from '../../../../src/client/client.ts';
import { money } from '../../format.ts';

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

const textOf = (value: unknown): string | null => {
  if (value === undefined || value === null) return null;
  if (isMoney(value)) return money(value);
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
};

/** Returns the fields of an event: what names its subject first, and of a change only what has changed. */
export function detailsOf({ before, after }: { before?: unknown; after?: unknown }): Detail[] {
  const [old, young] = [fieldsIn(before), fieldsIn(after)];
  const isChange = before !== undefined && after !== undefined;
  return [...new Set([...Object.keys(old), ...Object.keys(young)])].flatMap((name) => {
    const detail = { name, before: textOf(old[name]), after: textOf(young[name]) };
    if (detail.before !== detail.after) return [detail];
    return isChange && !/id$|^sku$|^name$|^origin$/i.test(name) ? [] : [{ ...detail, before: null }];
  });
}

const fieldsIn = (value: unknown): Fields => (isFields(value) ? value : value === undefined ? {} : { value });
