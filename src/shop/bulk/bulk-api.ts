import type { KitComponent } from '../../domain/kits.ts';
import type { PlainChange, PlainSettings } from '../../domain/sku-settings.ts';
import type { Call, Result } from '../../contract/calls/call.ts';
import type { ImportReport, RowProblem } from '../../contract/outputs/stock-outputs.ts';

/** The bounds of a file and of a report. */
export const IMPORT_ROWS_MAX = 1_000_000;
export const PROBLEMS_LISTED_MAX = 500;
/** The most changes that the report of a dry run lists. */
export const CHANGES_LISTED_MAX = 500;
/**
 * How long the state of a file is kept after its last change. Until then the file can be resumed, and is not applied
 * again.
 */
export const IMPORT_KEPT_MS = 48 * 3_600_000;

/** One row, which creates its SKU if the shop does not have it. An absent field stays unchanged; null clears it. */
export interface ImportRow extends PlainChange {
  sku: string;
  /** Makes the SKU a kit of these SKUs. Those that the shop does not have are created. Null: it is not a kit. */
  components?: readonly KitComponent[] | null | undefined;
  /** The id or the title of the location of the units, and of the settings that each location has. Absent: `main`. */
  location?: string | undefined;
  /** Units counted: on hand is this many afterwards. */
  onHand?: number | undefined;
  /** Units that were on hand at the count. If on hand is another number now, the row changes nothing. */
  expectedOnHand?: number | undefined;
}

/** One row of the source: its fields, or its problems. `text` identifies its whole content. */
export type ImportEntry = { text: string } & ({ row: ImportRow } | { problems: Omit<RowProblem, 'row'>[] });

/** The rows of a file in their order, one by one or in parts. */
export type ImportEntries = AsyncIterable<ImportEntry | readonly ImportEntry[]>;

/**
 * Thrown by the source of entries if a file cannot be read at all, or not beyond a row. `path` is the row, or a column
 * of the first line.
 */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

export type ImportProgress = Pick<ImportReport, 'rows' | 'applied' | 'unchanged' | 'problemCount'>;

export interface ImportOptions {
  /** Names the file, 1 to 255 characters. The same file with the same key is resumed. */
  key: string;
  /** Checks every row against the current state and writes nothing. The key then has no effect. */
  dryRun?: boolean;
  /** Applies a completely imported file once more, from its first row. An unfinished file is resumed. */
  again?: boolean;
  /** The reason, for the ledger and the events: 1 to 255 characters; absent: `import`. */
  reason?: string | undefined;
  /** Ends the import after the current chunk. */
  signal?: AbortSignal;
  onProgress?: (progress: ImportProgress) => void;
}

/**
 * An exported row. A missing title, price or limit is null, so that importing the row clears it. The units of a kit are
 * those of its components, so its row has none.
 */
export interface ExportRow extends PlainSettings {
  sku: string;
  /** The location of `onHand` and of the settings that each location has. Absent: `main`. */
  location?: string;
  components: readonly KitComponent[] | null;
  onHand?: number;
}

/** Imports and exports of whole catalogs, in constant memory. */
export interface BulkService {
  /**
   * Applies rows in order, chunk by chunk. The last row of a SKU wins. The report has `done: false` if the signal or
   * `stop` ended the import early, or if the file became unreadable. Refused `invalid_input` if no row is readable,
   * `idempotency_mismatch` if the rows differ from those that earlier calls with the key sent, and `conflict` while
   * another process imports under this key. Rejects with any other error of `entries`, and as every mutation does; each
   * chunk was then applied whole, with its progress, or not at all.
   */
  import(entries: ImportEntries, options: ImportOptions, call: Call): Promise<Result<ImportReport>>;
  /** Returns the progress of the file of a key; null if the key is unknown or its state was dropped. */
  status(input: { key: string }): Promise<Result<ImportReport | null>>;
  /** Returns every SKU after `after`, in lexical order, in parts. Each row has the state at the read of its part. */
  export(options?: { after?: string | undefined; signal?: AbortSignal }): AsyncIterable<ExportRow[]>;
  /** Whether the shop has several locations, so that rows of an export name theirs. */
  isLocated(): Promise<boolean>;
  /** Ends imports after the current chunk, ends exports at once, and refuses new ones; resolves when all have ended. */
  stop(): Promise<void>;
}
