import type { Readable, Writable } from 'node:stream';
import { Command, InvalidArgumentError } from 'commander';
import type { HoldfastClient } from '../../client/client.ts';
import { SHOP_HEADER } from '../../contract/shop-header.ts';
import { refusalLine } from './refusal-text.ts';
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
  /** The header that names the shop, if one is named. */
  headers: Record<string, string>;
}

/** Prints a value as JSON, or as rows for people. */
export type Show = (value: unknown, rows: readonly TableRow[], note?: string) => void;

/** The client of the server, and the output in the requested form. */
export interface CliContext {
  client: HoldfastClient;
  show: Show;
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

function serverUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new UsageError(`${text} is not an HTTP URL: --url or HOLDFAST_URL has to be like ${URL_DEFAULT}`);
}

/** Parses a whole number of a command line. The server checks the bounds. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('Expected a whole number.');
  return value;
}

/** Parses a time of a command line to epoch milliseconds. */
export function parsedTime(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Expected a time like 2027-01-31T00:00:00Z.');
  return ms;
}

/** Parses an option that may be given several times. */
export const collectText = (text: string, before: string[] = []): string[] => [...before, text];

/**
 * Returns a parser that accepts only names of a form. Without it a mistyped name would look like a holder without
 * holds.
 */
export const nameLike =
  (pattern: RegExp, form: string) =>
  (text: string): string => {
    if (!pattern.test(text)) throw new InvalidArgumentError(`Expected ${form}.`);
    return text;
  };

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
/** Help of `--reason` of a change that moves no units. */
export const EVENT_REASON = 'the reason, for the events';

/** The option of a change with an optional reason. */
export interface Explained {
  reason?: string;
}

/** Returns one line for an error, and the exit code. */
export async function explain(error: unknown, url: string): Promise<{ line: string; code: number }> {
  if (error instanceof UsageError) return { line: error.message, code: EXIT.usage };
  if (error instanceof Unusable) return { line: error.message, code: EXIT.unusable };
  if (error instanceof Failed) return { line: error.message, code: error.code };
  const { isRefusal } = await import('../../client/client.ts');
  if (isRefusal(error)) return { line: refusalLine({ ...error.data, message: error.message }), code: EXIT.refused };
  const fileError = fileErrorIn(error);
  if (fileError !== null) return { line: fileError, code: EXIT.usage };
  const isCall = (error as Error | null)?.name === 'TRPCClientError';
  const { message, code } = rootCause(error);
  if (!isCall && code === undefined) return { line: `unexpected error: ${message}`, code: EXIT.refused };
  return { line: unreachable(message || String(code), code !== undefined, url), code: EXIT.unreachable };
}

/** Returns a line for an error of the file system; null for any other error. */
function fileErrorIn(error: unknown): string | null {
  const { path, syscall, code } = (error ?? {}) as NodeJS.ErrnoException;
  if (path === undefined || syscall === undefined || syscall === 'connect') return null;
  return `${path} cannot be used (${syscall}: ${code}): check that it is the right path, and that you may use it`;
}

const URL_ADVICE = 'set --url or HOLDFAST_URL to the address of yours';

function unreachable(why: string, isSystemError: boolean, url: string): string {
  return isSystemError
    ? `no Holdfast server answers at ${url} (${why}): start one with "holdfast serve", or ${URL_ADVICE}`
    : `the server at ${url} is not a Holdfast server (${why}): ${URL_ADVICE}`;
}

/** Returns the innermost cause, because the message of `fetch` is generic. Some errors have only a code. */
function rootCause(error: unknown): Pick<NodeJS.ErrnoException, 'message' | 'code'> {
  if (!(error instanceof Error)) return { message: String(error) };
  return error.cause instanceof Error ? rootCause(error.cause) : error;
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

  /** Sets the work of the command. It is called with the context, and then with the command's arguments and options. */
  run<A extends unknown[]>(work: (context: CliContext, ...given: A) => Promise<void>): this {
    return this.action(async (...given: unknown[]) => work(await this.context(), ...(given.slice(0, -1) as A)));
  }

  /** Returns the server of the command and the operator's key. Throws `UsageError`. */
  server(): CalledServer {
    const { env } = this.environment;
    const { url, ofShop = env.HOLDFAST_SHOP } = this.optsWithGlobals<{ url?: string; ofShop?: string }>();
    const headers: CalledServer['headers'] = ofShop ? { [SHOP_HEADER]: ofShop } : {};
    return { url: serverUrl(url ?? (env.HOLDFAST_URL || URL_DEFAULT)), operatorKey: env.OPERATOR_KEY, headers };
  }

  readonly show: Show = (value, rows, note) => {
    const { out } = this.environment;
    if (this.optsWithGlobals<{ json?: boolean }>().json) out(JSON.stringify(value, null, 2));
    else out(note === undefined ? table(rows) : `${table(rows)}\n${note}`);
  };

  /** Resolves with the context from the program's options and the environment. Rejects with `UsageError`. */
  async context(): Promise<CliContext> {
    const { show } = this;
    const { url, operatorKey, headers } = this.server();
    // Loading the client takes longer than all the rest, and help does not need it.
    const { createHoldfastClient } = await import('../../client/client.ts');
    const client = createHoldfastClient({ url, headers, ...(operatorKey ? { operatorKey } : {}) });
    const list: CliContext['list'] = async (limit, read, rowOf) => {
      const { items, hasMore } = await readPages(limit, read);
      show(items, items.map(rowOf), hasMore ? '... and more: use --limit' : undefined);
    };
    return { client, show, list };
  }
}
