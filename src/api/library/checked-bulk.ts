import { z } from 'zod';
import type { BulkService, ImportEntries, ImportEntry } from '../../shop/bulk/bulk-api.ts';
import { callRefusal, checked, query } from './checked-calls.ts';
import { flag, idempotencyKey, onHand, sku, text } from '../../contract/inputs/fields.ts';
import { components, settingFields } from '../../contract/inputs/setting-fields.ts';
import { issuesOf } from '../wire-errors.ts';
import { INPUTS } from '../../contract/inputs/inputs.ts';

const importRow = z
  .strictObject({
    sku,
    ...settingFields,
    components: components.nullable().optional(),
    location: text.optional(),
    onHand: onHand.optional(),
    expectedOnHand: onHand.optional(),
  })
  .refine((row) => row.expectedOnHand === undefined || row.onHand !== undefined, {
    path: ['onHand'],
    error: 'is needed with expectedOnHand',
  });

/** Loose, because the signal and the listener are not checked. */
const importOptions = z
  .looseObject({
    key: idempotencyKey.optional(),
    dryRun: flag.optional(),
    again: flag.optional(),
    reason: text.optional(),
  })
  .refine(({ key, dryRun }) => dryRun === true || key !== undefined, {
    path: ['key'],
    error: 'must be 1 to 255 printable ASCII characters that name the file',
  });

/** Returns the service with checked inputs. An invalid row of an import is reported as a problem of that row. */
export function checkedBulk(bulk: BulkService): BulkService {
  return {
    import: async (entries, options, call) => {
      const given = checked(importOptions, options);
      if (!given.ok) return given;
      return callRefusal(call) ?? bulk.import(checkedEntries(entries), options, call);
    },
    status: query(INPUTS['stock.importStatus'], bulk.status),
    export: (options) => bulk.export(options),
    isLocated: () => bulk.isLocated(),
    stop: () => bulk.stop(),
  };
}

/** Not a generator, because `return` must be able to end a stuck source while its next entry is awaited. */
function checkedEntries(entries: ImportEntries): ImportEntries {
  return {
    [Symbol.asyncIterator]: () => {
      const source = entries[Symbol.asyncIterator]();
      return {
        next: async () => {
          const { done, value } = await source.next();
          if (done) return { done, value };
          return { done: false, value: 'text' in value ? checkedEntry(value) : value.map(checkedEntry) };
        },
        return: async () => (await source.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}

function checkedEntry(entry: ImportEntry): ImportEntry {
  if (!('row' in entry)) return entry;
  const parsed = importRow.safeParse(entry.row);
  if (parsed.success) return { text: entry.text, row: parsed.data };
  const problems = issuesOf(parsed.error).map(({ path, message }) => ({
    ...(path === '' ? {} : { column: path }),
    reason: 'invalid_input' as const,
    message,
  }));
  return { text: entry.text, problems };
}
