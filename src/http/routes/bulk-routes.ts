import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { z } from 'zod';
import { formatOfType, READERS, stockExportQuery, stockImportQuery } from '../../api/bulk/bulk-inputs.ts';
import { WRITERS } from '../../api/bulk/row-writer.ts';
import { keyHolderOf } from '../../api/callers/context.ts';
import { demandScope, keyContext } from '../../api/procedures.ts';
import type { AccessKey } from '../../contract/calls/access-key.ts';
import { ACCESS, type StreamName } from '../../contract/calls/scopes.ts';
import { invalidInput, RefusalError, refusalOf } from '../../api/wire-errors.ts';
import type { WireRefusal } from '../../contract/calls/wire-refusals.ts';
import {
  type HttpContext,
  type HttpEnv,
  refuseRest,
  restError,
  UNSUPPORTED_MEDIA_TYPE,
} from '../listener/refusal-answer.ts';
import { exemptFromTimeout } from '../listener/http-faults.ts';
import { restResource, type RestRoutesOptions } from './rest-routes.ts';
import type { ImportReport } from '../../contract/outputs/stock-outputs.ts';
import type { ImportProgress } from '../../shop/bulk/bulk-api.ts';

/** A connection without any traffic for this long is closed. */
const UPLOAD_IDLE_MS = 60_000;

export type Serve = (c: HttpContext, options: RestRoutesOptions, key: AccessKey) => Promise<Response>;

/** Returns `POST /import` and `GET /export`: streams of any length, for the operator. */
export function bulkRoutes(options: RestRoutesOptions) {
  const routes = new Hono<HttpEnv>();
  restResource(routes, '/import', { POST: (c) => operatorOnly(c, 'stock.import', receiveImport, options) });
  restResource(routes, '/export', { GET: (c) => operatorOnly(c, 'stock.export', sendExport, options) });
  return routes;
}

/**
 * Serves a request with a key, and observes it as a call of `path`. Nothing is read before the caller is admitted.
 */
export async function operatorOnly(
  c: HttpContext,
  path: StreamName,
  serve: Serve,
  options: RestRoutesOptions,
): Promise<Response> {
  const { services, onFailure } = options;
  const { incoming, outgoing, requestId } = c.env;
  const start = performance.now();
  const from = { requestId, client: options.clients.of(incoming) };
  const observe = (outcome: 'ok' | WireRefusal['reason']): void =>
    services.observeCall({ path, outcome, ms: performance.now() - start, from });
  try {
    const key = demandScope(keyContext(services, c.req.header('authorization')), ACCESS[path].scope ?? null);
    const answer = await serve(c, options, key);
    observe('ok');
    return answer;
  } catch (error) {
    if (outgoing.destroyed || incoming.errored) return RESPONSE_ALREADY_SENT;
    const refusal = refusalOf(error, requestId);
    observe(refusal.reason);
    onFailure({ error, reason: refusal.reason, requestId, path });
    if (!outgoing.headersSent) return refuseRest(c, refusal);
    if (path === 'stock.import') new ImportAnswer(outgoing).error(restError(refusal, requestId));
    // A truncated answer must not look complete.
    else outgoing.destroy();
    return RESPONSE_ALREADY_SENT;
  }
}

async function receiveImport(
  c: HttpContext,
  { services, clients }: RestRoutesOptions,
  holder: AccessKey,
): Promise<Response> {
  const { incoming, outgoing, requestId } = c.env;
  const { key = '', dryRun, again, reason, ...query } = parsedQuery(c, stockImportQuery);
  const format = query.format ?? formatOfType(c.req.header('content-type'));
  if (format === null)
    throw new RefusalError(invalidInput('format', 'must be csv or jsonl, unless the content type states it'));
  if (c.req.header('content-encoding')) throw new RefusalError(UNSUPPORTED_MEDIA_TYPE);
  const upload = exemptFromTimeout(incoming.socket);
  const abort = abortWith(c);
  const answer = new ImportAnswer(outgoing);
  try {
    const rows = READERS[format](incoming.iterator({ destroyOnReturn: false }));
    const result = await services.holdfast.bulk.import(
      rows,
      { key, dryRun, again, reason, signal: abort, onProgress: (progress) => answer.progress(progress) },
      { caller: keyHolderOf(holder, { client: clients.of(incoming), requestId }) },
    );
    if (!result.ok) throw new RefusalError(result.refusal);
    answer.report(result.value);
    return RESPONSE_ALREADY_SENT;
  } finally {
    upload.over();
  }
}

async function sendExport(c: HttpContext, { services }: RestRoutesOptions): Promise<Response> {
  const { outgoing } = c.env;
  const { format, after } = parsedQuery(c, stockExportQuery);
  const signal = abortWith(c);
  const { contentType, head, lines } = WRITERS[format];
  const isLocated = await services.holdfast.bulk.isLocated();
  let text = head(isLocated);
  for await (const rows of services.holdfast.bulk.export({ after, signal })) {
    if (!outgoing.headersSent) outgoing.writeHead(200, headersOf(contentType, format));
    text += lines(rows, isLocated);
    if (!outgoing.write(text)) await once(outgoing, 'drain', { signal });
    text = '';
  }
  if (!outgoing.headersSent) outgoing.writeHead(200, headersOf(contentType, format));
  outgoing.end(text);
  return RESPONSE_ALREADY_SENT;
}

const headersOf = (contentType: string, format: string): Record<string, string> => ({
  'content-type': contentType,
  'content-disposition': `attachment; filename="stock.${format}"`,
});

/** Returns a signal that aborts when the connection is closed or idle. */
export function abortWith({ env: { incoming, outgoing } }: HttpContext): AbortSignal {
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  outgoing.once('close', stop);
  incoming.setTimeout(UPLOAD_IDLE_MS, stop);
  return abort.signal;
}

/**
 * Returns the query. Throws `ZodError`, which becomes `invalid_input`. A repeated parameter is a list, and is refused.
 */
export function parsedQuery<S extends z.ZodType>(c: HttpContext, schema: S): z.output<S> {
  const given = Object.entries(c.req.queries()).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  return schema.parse(Object.fromEntries(given));
}

/** The least time between two lines of progress. */
const PROGRESS_MS = 250;

/** The answer to an import: JSON lines. The last one is the report or an error. */
class ImportAnswer {
  readonly #outgoing: ServerResponse;
  #lastMs = performance.now();

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing;
  }

  /**
   * Skips the line if the client is not reading. Many clients send the whole file first, and the import must not wait.
   */
  progress({ rows, applied, unchanged, problemCount }: ImportProgress): void {
    const now = performance.now();
    if (now - this.#lastMs < PROGRESS_MS || this.#outgoing.writableNeedDrain) return;
    this.#lastMs = now;
    this.#write({ type: 'progress', rows, applied, unchanged, problemCount });
  }

  report(report: ImportReport): void {
    this.#write({ type: 'report', ...report });
    this.#outgoing.end();
  }

  /** `refused` comes from `restError`. */
  error(refused: object): void {
    this.#write({ type: 'error', ...refused });
    this.#outgoing.end();
  }

  #write(line: object): void {
    const { headersSent, destroyed } = this.#outgoing;
    if (destroyed) return;
    if (!headersSent) this.#outgoing.writeHead(200, { 'content-type': 'application/jsonl; charset=utf-8' });
    this.#outgoing.write(`${JSON.stringify(line)}\n`);
  }
}
