import type { Readable, Writable } from 'node:stream';
import { Command, InvalidArgumentError } from 'commander';
import { createHoldfastClient, type HoldfastClient, isRefusal } from '../client/client.ts';
import { type TableRow, table } from './table.ts';

export interface CliEnvironment {
  env: Record<string, string | undefined>;
  out: (text: string) => void;
  err?: (text: string) => void;
  /** The streams of imports and exports; absent: the process's own. */
  stdin?: Readable;
  stdout?: Writable;
}

/** The server that a command calls, and the operator's key. */
export interface CalledServer {
  url: string;
  operatorKey: string | undefined;
}

/** The client of the server, and the output in the requested form. */
export interface CliContext {
  client: HoldfastClient;
  /** Prints the value as JSON, or as rows for people. */
  show: (value: unknown, rows: readonly TableRow[], note?: string) => void;
  /** Reads pages until there are `limit` items or no more pages, and prints the items. */
  list: <T>(limit: number, read: ReadPage<T>, rowOf: (item: T) => TableRow) => Promise<void>;
}

type ReadPage<T> = (page: {
  cursor?: string;
  limit: number;
}) => Promise<{ items: T[]; nextCursor?: string | undefined }>;

/** Thrown by a command that has found something wrong or was refused. */
export class Failed extends Error {
  override readonly name = 'Failed';
  readonly code: number;

  constructor(message: string, code: number = EXIT.refused) {
    super(message);
    this.code = code;
  }
}

/** Thrown for files that are damaged or not sound. */
export class Unusable extends Error {
  override readonly name = 'Unusable';
}

/** Thrown for an invalid command line or environment. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * The exit codes: 0 done, 1 refused or something is wrong, 2 wrong usage, 3 no answer from the server or data that is
 * not sound, 4 nothing was done because it had been done before.
 */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3, unusable: 3, doneBefore: 4 } as const;

export const URL_DEFAULT = 'http://127.0.0.1:3000';
export const WRONG_KEY = 'the server does not take this OPERATOR_KEY, or none is set: set the one of the server';

function serverUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new UsageError(`${text} is not an HTTP URL: --url or HOLDFAST_URL has to be like ${URL_DEFAULT}`);
}

/** Parses a whole number of a command line. The server checks the bounds. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('takes a whole number.');
  return value;
}

/** Reads pages until there are `limit` items or no more pages. */
export async function readPages<T>(limit: number, read: ReadPage<T>): Promise<{ items: T[]; hasMore: boolean }> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const wanted = Math.min(limit - items.length, PAGE_ITEMS);
    const page = await read(cursor === undefined ? { limit: wanted } : { cursor, limit: wanted });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined && items.length < limit);
  return { items, hasMore: cursor !== undefined };
}

const PAGE_ITEMS = 100;
/** Help of `--reason`. */
export const REASON = 'the reason, for the ledger';

/** Returns one line for an error, and the exit code. */
export function explain(error: unknown, url: string): { line: string; code: number } {
  if (error instanceof UsageError) return { line: error.message, code: EXIT.usage };
  if (error instanceof Unusable) return { line: error.message, code: EXIT.unusable };
  if (error instanceof Failed) return { line: error.message, code: error.code };
  if (isRefusal(error, 'not_authorized')) {
    const { scope } = error.data.meta;
    const line = scope === undefined ? WRONG_KEY : `the key in OPERATOR_KEY lacks the scope ${scope}`;
    return { line, code: EXIT.refused };
  }
  if (isRefusal(error)) {
    const { reason, meta } = error.data;
    const details = Object.keys(meta).length === 0 ? '' : ` ${JSON.stringify(meta)}`;
    return { line: `${reason}: ${error.message}${details}`, code: EXIT.refused };
  }
  return { line: `no Holdfast server answers at ${url}: ${rootCause(error)}`, code: EXIT.unreachable };
}

/** Returns the message of the innermost cause, because that of `fetch` is generic. Some errors have only a code. */
function rootCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return rootCause(error.cause);
  return error.message || String((error as NodeJS.ErrnoException).code);
}

/** A command of this program. Its subcommands are of this class too. */
export class CliCommand extends Command {
  readonly environment: CliEnvironment;

  constructor(environment: CliEnvironment, name?: string) {
    super(name);
    this.environment = environment;
  }

  override createCommand(name?: string): CliCommand {
    return new CliCommand(this.environment, name);
  }

  /** Sets the work of the command. It gets the context, and then the arguments and the options of the command. */
  run<A extends unknown[]>(work: (context: CliContext, ...given: A) => Promise<void>): this {
    return this.action((...given: unknown[]) => work(this.context(), ...(given.slice(0, -1) as A)));
  }

  /** Returns the server of the command and the operator's key. Throws `UsageError`. */
  server(): CalledServer {
    const { env } = this.environment;
    const { url } = this.optsWithGlobals<{ url?: string }>();
    return { url: serverUrl(url ?? (env.HOLDFAST_URL || URL_DEFAULT)), operatorKey: env.OPERATOR_KEY };
  }

  /** Returns the context from the program's options and the environment. Throws `UsageError`. */
  context(): CliContext {
    const { out } = this.environment;
    const { json } = this.optsWithGlobals<{ json?: boolean }>();
    const { url, operatorKey } = this.server();
    const client = createHoldfastClient({ url, ...(operatorKey ? { operatorKey } : {}) });
    const show: CliContext['show'] = (value, rows, note) => {
      if (json) out(JSON.stringify(value, null, 2));
      else out(note === undefined ? table(rows) : `${table(rows)}\n${note}`);
    };
    const list: CliContext['list'] = async (limit, read, rowOf) => {
      const { items, hasMore } = await readPages(limit, read);
      show(items, items.map(rowOf), hasMore ? '... and more: use --limit' : undefined);
    };
    return { client, show, list };
  }
}
