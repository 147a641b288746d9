import { TRPCClientError } from '@trpc/client';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import type { Fetch } from './retry-policy.ts';
import type { AppRouter, ImportReport, WireErrorData } from './wire-types.ts';

/** CSV, or a JSON object in each line. */
export type BulkFormat = 'csv' | 'jsonl';

/** A file as `fetch` sends it. A stream is sent as it is read, where the platform can do that: Node and Deno. */
export type ImportFile = Blob | string | Uint8Array | ReadableStream<Uint8Array>;

/** The progress of an import. */
export interface ImportProgress extends Pick<ImportReport, 'rows' | 'applied' | 'unchanged' | 'problemCount'> {}

interface FileOptions {
  /** Absent: `csv`. */
  format?: BulkFormat;
  /** Ends the call. */
  signal?: AbortSignal;
}

interface AnyImport extends FileOptions {
  /** The reason for the ledger: 1 to 255 characters. */
  reason?: string;
  /** Applies a file again that was imported completely before. */
  again?: boolean;
  /**
   * Called at most four times a second. The first call may come late: `fetch` reads no answer before the whole file is
   * sent, and the server reads the file only as fast as it imports it.
   */
  onProgress?: (progress: ImportProgress) => void;
}

export type ImportOptions = AnyImport &
  (
    | {
        /** Names the file, such as a hash of it. A repeated import with the same key continues where it stopped. */
        key: string;
        dryRun?: false;
      }
    | {
        /** Checks every row, and changes nothing. */
        dryRun: true;
        key?: string;
      }
  );

export interface ExportOptions extends FileOptions {
  /** Only the SKUs after this one, to continue an export. */
  after?: string;
}

/** Imports and exports of any length. A failed call rejects with the same errors as those of the client. */
export interface HoldfastFiles {
  /**
   * Sets SKUs to the values in a file, row by row, and resolves with the report: rows with problems are in it, and the
   * others are applied. It is not retried. Repeat it with the same key after a failure.
   */
  importStock(file: ImportFile, options: ImportOptions): Promise<ImportReport>;
  /** Returns the bytes of a file with every SKU, in the format of imports. Rejects if they are not complete. */
  exportStock(options?: ExportOptions): AsyncGenerator<Uint8Array, void, undefined>;
}

/** The options of the client that files need. */
export interface FileClientOptions {
  /** The server's URL without `/api`, such as `https://stock.shop.example`. */
  url: string;
  /** A key with the scope `stock:write` for imports, and `stock:read` for exports. */
  operatorKey?: string;
  /** Further headers of every request. */
  headers?: Record<string, string>;
  /** Replaces the global `fetch`. */
  fetch?: Fetch;
}

/** Returns the functions for files. They are not part of the client, so that a page of a shop does not load them. */
export function createHoldfastFiles(options: FileClientOptions): HoldfastFiles {
  return {
    async importStock(file, { onProgress, signal, ...query }) {
      const isStream = typeof ReadableStream === 'function' && file instanceof ReadableStream;
      const init = { method: 'POST', body: file, ...(isStream && { duplex: 'half' }), ...(signal && { signal }) };
      const answer = await call(options, 'stock.import', { ...query, format: query.format ?? 'csv' }, init);
      for await (const line of answerLines(answer)) {
        if (line.type === 'report') return withoutType(line);
        if (line.type === 'error') throw refused('stock.import', line.error);
        onProgress?.(progressOf(line));
      }
      throw failed(new Error(CUT_SHORT));
    },
    async *exportStock({ signal, ...query } = {}) {
      yield* partsOf(await call(options, 'stock.export', query, signal ? { signal } : {}));
    },
  };
}

const CUT_SHORT = 'The connection was closed before the import had ended. Repeat it with the same key to continue it.';

const FILE_PATHS = { 'stock.import': '/api/v1/stock/import', 'stock.export': '/api/v1/stock/export' };

/** The form of refusals over REST. */
type RefusedImport = Omit<WireErrorData, 'path'> & { message: string };

type AnswerLine =
  | ({ type: 'progress' } & ImportProgress)
  | ({ type: 'report' } & ImportReport)
  | { type: 'error'; error: RefusedImport };

const withoutType = ({ type: _, ...report }: { type: string } & ImportReport): ImportReport => report;
const progressOf = ({ type: _, ...progress }: { type: string } & ImportProgress): ImportProgress => progress;

async function call(
  { url, operatorKey, headers, fetch = globalThis.fetch }: FileClientOptions,
  path: keyof typeof FILE_PATHS,
  query: object,
  init: object,
): Promise<Response> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)])));
  const answer = await fetch(`${url.replace(/\/+$/, '')}${FILE_PATHS[path]}?${search.toString()}`, {
    ...init,
    headers: { ...headers, ...(operatorKey === undefined ? {} : { authorization: `Bearer ${operatorKey}` }) },
  }).catch((error: unknown) => {
    throw failed(error);
  });
  if (answer.ok) return answer;
  // A proxy may answer without JSON. The error then names the status.
  const error = ((await answer.json().catch(() => null)) as { error?: RefusedImport } | null)?.error;
  throw error ? refused(path, error) : failed(new Error(`The answer has status ${answer.status} and is not JSON.`));
}

function refused(path: string, { message, ...rest }: RefusedImport): TRPCClientError<AppRouter> {
  const data = { ...rest, path } as WireErrorData;
  const { code } = data;
  return TRPCClientError.from({ error: { code: TRPC_ERROR_CODES_BY_KEY[code], message, data } });
}

const failed = (error: unknown): TRPCClientError<AppRouter> =>
  TRPCClientError.from(error instanceof Error ? error : new Error(String(error)));

async function* partsOf(answer: Response): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    // React Native cannot read an answer in parts.
    if (!answer.body) return yield new Uint8Array(await answer.arrayBuffer());
    const reader = answer.body.getReader();
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
    } finally {
      // Closes the connection if the caller has stopped to read.
      await reader.cancel();
    }
  } catch (error) {
    throw failed(error);
  }
}

async function* answerLines(answer: Response): AsyncGenerator<AnswerLine, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of partsOf(answer)) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as AnswerLine;
  }
}
