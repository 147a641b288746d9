import { once } from 'node:events';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { formatOf, READERS, stockExportQuery, stockImportQuery } from '../../api/bulk/bulk-inputs.ts';
import { WRITERS } from '../../api/bulk/row-writer.ts';
import { type ApiServices, OPERATOR } from '../../api/context.ts';
import { demandOperator } from '../../api/procedures.ts';
import { invalidInput, RefusalError, refusalOf } from '../../api/wire-errors.ts';
import type { WireRefusal } from '../../contract/wire-refusals.ts';
import { mayTakeItsTime } from '../listener/http-faults.ts';
import { ImportAnswer } from './import-answer.ts';
import { refuseRest } from './rest-routes.ts';
import { restError } from '../listener/wire-answer.ts';

/** A connection on which nothing moves for this long is given up. */
const IDLE_MS = 60_000;

export interface BulkRoutesOptions {
  services: ApiServices;
  log: Logger;
}

export type BulkContext = Context<{ Bindings: HttpBindings & { requestId: string } }>;
type Serve = (c: BulkContext, options: BulkRoutesOptions) => Promise<Response>;

/** `POST /import` and `GET /export`: streams of any length, for the operator. */
export function bulkRoutes(options: BulkRoutesOptions) {
  const routes = new Hono<{ Bindings: HttpBindings & { requestId: string } }>();
  const route = (path: string, method: 'GET' | 'POST', serve: Serve): void => {
    // A slash at the end makes no difference, as in all of REST.
    routes.on('ALL', [path, `${path}/`], (c) =>
      c.req.method === method
        ? guarded(c, `stock${path.replace('/', '.')}`, serve, options)
        : refuseRest(c, { reason: 'method_not_allowed', meta: {} }, method),
    );
  };
  route('/import', 'POST', receive);
  route('/export', 'GET', send);
  return routes;
}

/** Who may call is decided before anything else is looked at. */
export async function guarded<Options extends BulkRoutesOptions>(
  c: BulkContext,
  path: string,
  serve: (c: BulkContext, options: Options) => Promise<Response>,
  options: Options,
): Promise<Response> {
  const { services, log } = options;
  const { incoming, outgoing, requestId } = c.env;
  const start = performance.now();
  const observe = (outcome: 'ok' | WireRefusal['reason']): void =>
    services.observeCall({ path, outcome, ms: performance.now() - start });
  try {
    const authorization = c.req.header('authorization') ?? null;
    demandOperator({ operator: services.isOperator(authorization), hasCredentials: authorization !== null });
    const answer = await serve(c, options);
    observe('ok');
    return answer;
  } catch (error) {
    if (outgoing.destroyed || incoming.errored) return RESPONSE_ALREADY_SENT;
    const refusal = refusalOf(error, requestId);
    observe(refusal.reason);
    if (refusal.reason === 'internal') log.error({ err: error, requestId, path }, 'a call failed');
    if (!outgoing.headersSent) return refuseRest(c, refusal);
    if (path === 'stock.import') new ImportAnswer(outgoing).error(restError(refusal, requestId));
    // What was cut off must not look whole.
    else outgoing.destroy();
    return RESPONSE_ALREADY_SENT;
  }
}

async function receive(c: BulkContext, { services }: BulkRoutesOptions): Promise<Response> {
  const { incoming, outgoing } = c.env;
  const { key = '', dryRun, again, ...query } = parsedQuery(c, stockImportQuery);
  const format = query.format ?? formatOf(c.req.header('content-type'));
  if (format === null)
    throw new RefusalError(invalidInput('format', 'takes csv or jsonl, or a content type that says it'));
  if (c.req.header('content-encoding')) throw new RefusalError({ reason: 'unsupported_media_type', meta: {} });
  const isBusy = mayTakeItsTime(incoming.socket);
  const abort = abortWith(c);
  const answer = new ImportAnswer(outgoing);
  try {
    const rows = READERS[format](incoming.iterator({ destroyOnReturn: false }));
    const result = await services.holdfast.bulk.import(
      rows,
      { key, dryRun, again, signal: abort, onProgress: (progress) => answer.progress(progress) },
      { caller: OPERATOR },
    );
    if (!result.ok) throw new RefusalError(result.refusal);
    answer.report(result.value);
    return RESPONSE_ALREADY_SENT;
  } finally {
    isBusy.over();
  }
}

async function send(c: BulkContext, { services }: BulkRoutesOptions): Promise<Response> {
  const { outgoing } = c.env;
  const { format, after } = parsedQuery(c, stockExportQuery);
  const signal = abortWith(c);
  const { contentType, head, lines } = WRITERS[format];
  let text = head;
  for await (const rows of services.holdfast.bulk.export({ after, signal })) {
    if (!outgoing.headersSent) outgoing.writeHead(200, headersOf(contentType, format));
    text += lines(rows);
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

/** Aborts when the connection is gone, or stuck. */
function abortWith({ env: { incoming, outgoing } }: BulkContext): AbortSignal {
  const abort = new AbortController();
  const give = (): void => abort.abort();
  outgoing.once('close', give);
  incoming.setTimeout(IDLE_MS, give);
  return abort.signal;
}

/** Throws `RefusalError`, and `ZodError`, which is told as `invalid_input`. A name that stands twice counts as no text. */
function parsedQuery<S extends z.ZodType>(c: BulkContext, schema: S): z.output<S> {
  const given = Object.entries(c.req.queries()).map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  return schema.parse(Object.fromEntries(given));
}
