import type { IncomingMessage } from 'node:http';
import { Hono } from 'hono';
import type { Log } from '../../transact/log.ts';
import { invalidInput, refusalOf } from '../../api/wire-errors.ts';
import { wireRow, type WireRefusal } from '../../contract/calls/wire-refusals.ts';
import { NotAuthentic, type PaymentAdapter, type PaymentReading } from '../../adapters/payment-adapter.ts';
import type { PaymentNoticeHandler, Settlement } from '../../adapters/payment-notice-handler.ts';
import { bodyRefusal, isEncoded } from '../listener/http-body.ts';
import {
  type HttpContext,
  type HttpEnv,
  METHOD_NOT_ALLOWED,
  refuseTrpc,
  UNSUPPORTED_MEDIA_TYPE,
  NOT_FOUND,
} from '../listener/refusal-answer.ts';

export interface PaymentRoutesOptions {
  adapters: readonly PaymentAdapter[];
  handler: PaymentNoticeHandler;
  log: Log;
  /** Counts forged messages. Null: they are not limited. */
  limiter: ForgeryLimiter | null;
  /** Called for each message with its provider and its outcome. */
  observe: (provider: string, outcome: Settlement['status'] | 'forged' | 'failed') => void;
}

export interface ForgeryLimiter {
  /** Counts a message that is not authentic. Returns its refusal if there are too many, or null. */
  noteForged(incoming: IncomingMessage): WireRefusal | null;
  /** Notes the client of a correctly signed message. */
  noteGenuine(incoming: IncomingMessage): void;
}

/** An event of Stripe contains the whole object that it is about, including the metadata. */
const MESSAGE_BYTES_MAX = 262_144;

/**
 * Returns `POST /<name>` for each adapter. The status says whether the provider should send the message again: 200 if
 * it was handled or sending it again cannot help, 400 if it is not authentic, 5xx if it should be sent again.
 */
export function paymentRoutes(options: PaymentRoutesOptions) {
  const routes = new Hono<HttpEnv>();
  for (const adapter of options.adapters) {
    const path = `/${adapter.name}`;
    routes.post(path, (c) => receiveNotice(c, adapter, options));
    routes.all(path, (c) => refuseForged(c, METHOD_NOT_ALLOWED, options, 'POST'));
  }
  routes.all('*', (c) => refuseForged(c, NOT_FOUND, options));
  return routes;
}

async function receiveNotice(
  c: HttpContext,
  adapter: PaymentAdapter,
  options: PaymentRoutesOptions,
): Promise<Response> {
  const { observe, log } = options;
  const body = await noticeBodyOf(c);
  if (typeof body !== 'string') return refuseForged(c, body, options);
  let reading: PaymentReading;
  try {
    reading = await adapter.read(body, c.req.raw.headers);
  } catch (error) {
    if (!(error instanceof NotAuthentic)) return failedAnswer(c, adapter.name, error, options);
    observe(adapter.name, 'forged');
    return refuseForged(c, invalidInput('', 'the message is not signed as it has to be, or is too old'), options);
  }
  options.limiter?.noteGenuine(c.env.incoming);
  if (reading === null || 'ignored' in reading) {
    if (reading) log.warn({ provider: adapter.name, requestId: c.env.requestId }, `ignored: ${reading.ignored}`);
    observe(adapter.name, 'ignored');
    return c.json({ status: 'ignored' });
  }
  try {
    const settlement = await options.handler.handle(adapter.name, reading, c.env.requestId);
    observe(adapter.name, settlement.status);
    return settlementAnswer(c, settlement);
  } catch (error) {
    return failedAnswer(c, adapter.name, error, options);
  }
}

/** Refuses a request that no provider sends. It counts as a forged message, and above the limit is `rate_limited`. */
function refuseForged(c: HttpContext, refusal: WireRefusal, options: PaymentRoutesOptions, allow?: string): Response {
  const limited = options.limiter?.noteForged(c.env.incoming);
  return limited ? refuseTrpc(c, limited) : refuseTrpc(c, refusal, allow);
}

function settlementAnswer(c: HttpContext, settlement: Settlement): Response {
  if (settlement.status === 'again') return refuseTrpc(c, { reason: 'store_unavailable', meta: {} });
  const { status } = settlement;
  return c.json('reason' in settlement ? { status, reason: settlement.reason } : { status });
}

/** Answers with 5xx even for a refusal with 429, because some providers do not repeat a message after a 4xx status. */
function failedAnswer(
  c: HttpContext,
  provider: string,
  error: unknown,
  { log, observe }: PaymentRoutesOptions,
): Response {
  const { requestId } = c.env;
  const refusal = refusalOf(error, requestId);
  observe(provider, 'failed');
  log.error(
    { err: error, requestId, provider },
    'a payment message could not be handled: the provider will send it again',
  );
  const isPassing = wireRow(refusal).httpStatus < 500;
  return refuseTrpc(c, isPassing ? { reason: 'store_unavailable', meta: {} } : refusal);
}

async function noticeBodyOf(c: HttpContext): Promise<string | WireRefusal> {
  const { incoming } = c.env;
  if (isEncoded(incoming)) return UNSUPPORTED_MEDIA_TYPE;
  return (await bodyRefusal(incoming, MESSAGE_BYTES_MAX)) ?? c.req.text();
}
