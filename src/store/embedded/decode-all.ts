import { UndecodableRecord } from '../../domain/machine/lookups.ts';
import type { RecordTable } from './tables/record-table.ts';
import type { Tables } from './tables/tables.ts';

const PAGE_RECORDS = 1_000;

/** Decodes every record of a shop and yields the undecodable ones. The audit reads only some of the tables. */
export function* undecodableRecords(tables: Tables): Generator<UndecodableRecord> {
  const { stock, liveHolds, endedHolds, documents, requests, counts } = tables;
  const rotating = [...endedHolds.tables, ...requests.short.tables, ...requests.long.tables];
  for (const table of [stock, liveHolds, documents.records, counts, ...rotating]) yield* undecodableIn(table);
  for (let after: string | null = null; ; ) {
    const page = tables.ledger.page(after, PAGE_RECORDS);
    for (const { entry } of page) if (entry instanceof UndecodableRecord) yield entry;
    if (page.length < PAGE_RECORDS) return;
    after = page.at(-1)?.id ?? null;
  }
}

function* undecodableIn(table: RecordTable<unknown>): Generator<UndecodableRecord> {
  for (let after: string | undefined; ; ) {
    const page = table.page({ after, limit: PAGE_RECORDS });
    for (const entry of page) if ('undecodable' in entry) yield entry.undecodable;
    if (page.length < PAGE_RECORDS) return;
    after = page.at(-1)?.key;
  }
}
