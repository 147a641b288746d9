import type { SettingsChange, SkuSettings } from '../domain/sku-settings.ts';
import type { Call } from './inputs.ts';
import type { Reason, Result } from './refusals.ts';

/** Rows of one file, and what is told of it at most: files and reports have no other bounds than these. */
export const IMPORT_ROWS_MAX = 1_000_000;
export const PROBLEMS_LISTED_MAX = 500;
/** How long the state of a file is kept after its last change: until then it can be resumed, and is not applied again. */
export const IMPORT_KEPT_MS = 48 * 3_600_000;

/** What one row says of a SKU, which it makes if there is none; absent: leave as it is; null: clear. */
export interface ImportRow extends SettingsChange {
  sku: string;
  /** Units counted: on hand is this many afterwards. */
  onHand?: number | undefined;
  /** Units that were on hand when these were counted; where there are others by now, the row changes nothing. */
  expectedOnHand?: number | undefined;
}

export interface RowProblem {
  /** 1 is the first row of data. */
  row: number;
  sku?: string;
  column?: string;
  /** `invalid_input`, or why the store refused the row: `below_reserved`, `count_mismatch`. */
  reason: Reason;
  message: string;
}

/** One row as it was read: what it says, or what is wrong with it. `text` stands for its whole content. */
export type ImportEntry = { text: string } & ({ row: ImportRow } | { problems: Omit<RowProblem, 'row'>[] });

/** The rows of a file in their order, one by one or some at a time. */
export type ImportEntries = AsyncIterable<ImportEntry | readonly ImportEntry[]>;

/** How far a file has come. */
export interface ImportReport {
  /** Rows done with, whatever became of them. */
  rows: number;
  /** Rows that changed their SKU. */
  applied: number;
  /** Rows that said what the shop knew already: nothing was written for them. */
  unchanged: number;
  /** The first `PROBLEMS_LISTED_MAX`, of which a row may have several; none of these rows changed anything. */
  problems: RowProblem[];
  /** Rows that were not applied: `rows` is the sum of `applied`, `unchanged` and these. */
  problemCount: number;
  /** Rows that earlier calls with this key were done with. */
  resumedFrom: number;
  /** Whether the whole file was dealt with. */
  done: boolean;
  /** Where the file cannot be read any further, if it was that which ended the import: all rows before it are done. */
  unreadable?: { path: string; message: string };
  /** Present where another call with the same key ended this one, and goes on with the file. */
  takenOver?: true;
  /** When an earlier call finished this file, in epoch milliseconds: this call applied nothing, because `again` was not set. */
  alreadyImportedAt?: number;
}

/**
 * What the source of entries throws where a file cannot be read at all, or not beyond a row. `path` is the row, or a column
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
  /** Names the file, 1 to 255 characters; whoever sends the same file with the same key goes on where it was left. */
  key: string;
  /** Checks every row against the shop as it is, and writes nothing; the key is of no importance then. */
  dryRun?: boolean;
  /** Applies a file that was imported before from its first row on. A file that was left in the middle is resumed. */
  again?: boolean;
  /** Ends the import after the chunk under way. */
  signal?: AbortSignal;
  onProgress?: (progress: ImportProgress) => void;
}

/** What an exported row says; a row without title, price or limit says null, so that importing it clears them. */
export interface ExportRow extends SkuSettings {
  sku: string;
  onHand: number;
}

/** Whole catalogues, in constant memory. */
export interface BulkService {
  /**
   * Applies rows in order, chunk by chunk; a SKU that stands there twice ends as its last row says. The report is
   * `done: false` where the signal, or `stop`, ended it early, and where the file cannot be read to its end; refused
   * `invalid_input` when that is so from its beginning, `idempotency_mismatch` when the rows are not those that the key stood
   * for so far, and `conflict` when another process imports under this key. Rejects with what else `entries` throws, and as
   * every mutation does; each chunk was then applied whole, with its progress, or not at all.
   */
  import(entries: ImportEntries, options: ImportOptions, call: Call): Promise<Result<ImportReport>>;
  /** How far the file of a key has come; null when the key is unknown, or was forgotten. */
  status(input: { key: string }): Promise<Result<ImportReport | null>>;
  /** Every SKU behind `after`, in lexical order, in parts; each row as it is when its part is read. */
  export(options?: { after?: string | undefined; signal?: AbortSignal }): AsyncIterable<ExportRow[]>;
  /** Ends imports after the chunk under way, exports at once, and takes no more; resolves when they have ended. */
  stop(): Promise<void>;
}
