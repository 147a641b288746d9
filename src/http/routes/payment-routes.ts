import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { Logger } from 'pino';
import { invalidInput, refusalOf } from '../../api/wire-errors.ts';
import { wireRow, type WireRefusal } from '../../contract/wire-refusals.ts';
import { NotAuthentic, type PaymentAdapter, type PaymentReading } from '../../adapters/payment-adapter.ts';
import type { PaymentNoticeHandler, Settlement } from '../../adapters/payment-notice-handler.ts';
import { isEncoded } from '../listener/content-type.ts';
import { readBody } from '../listener/http-body.ts';
import { jsonAnswer } from '../listener/wire-answer.ts';

export interface PaymentRoutesOptions {
  adapters: readonly PaymentAdapter[];
  handler: PaymentNoticeHandler;
  log: Logger;
  /** Told of each message: whose it was, and what became of it. */
  observe: (provider: string, outcome: Settlement['status'] | 'forged' | 'failed') => void;
}

/** An event of Stripe carries the whole object that it is about, metadata and all. */
const MESSAGE_BYTES_MAX = 262_144;

type PaymentContext = Context<{ Bindings: HttpBindings & { requestId: string } }>;

/**
 * `POST /<name>` of each adapter. Answered with 200: the message was dealt with, or telling it again cannot help; with
 * 400: it is not the provider's; with 5xx: tell it again.
 */
export function paymentRoutes(options: PaymentRoutesOptions) {
  const routes = new Hono<{ Bindings: HttpBindings & { requestId: string } }>();
  for (const adapter of options.adapters) {
    const path = `/${adapter.name}`;
    routes.post(path, (c) => receive(c, adapter, options));
    routes.all(path, (c) => {
      const answer = refuse(c, { reason: 'method_not_allowed', meta: {} });
      answer.headers.set('allow', 'POST');
      return answer;
    });
  }
  return routes;
}

async function receive(c: PaymentContext, adapter: PaymentAdapter, options: PaymentRoutesOptions): Promise<Response> {
  const { observe, log } = options;
  const body = await bodyOf(c);
  if (typeof body !== 'string') return refuse(c, body);
  let reading: PaymentReading;
  try {
    reading = await adapter.read(body, c.req.raw.headers);
  } catch (error) {
    if (!(error instanceof NotAuthentic)) return failed(c, adapter.name, error, options);
    observe(adapter.name, 'forged');
    return refuse(c, invalidInput('', 'the message is not signed as it has to be, or is too old'));
  }
  if (reading === null || 'ignored' in reading) {
    if (reading) log.warn({ provider: adapter.name, requestId: c.env.requestId }, `ignored: ${reading.ignored}`);
    observe(adapter.name, 'ignored');
    return c.json({ status: 'ignored' });
  }
  try {
    const settlement = await options.handler.handle(adapter.name, reading);
    observe(adapter.name, settlement.status);
    return answerOf(c, settlement);
  } catch (error) {
    return failed(c, adapter.name, error, options);
  }
}

function answerOf(c: PaymentContext, settlement: Settlement): Response {
  if (settlement.status === 'again') return refuse(c, { reason: 'store_unavailable', meta: {} });
  const { status } = settlement;
  return c.json('reason' in settlement ? { status, reason: settlement.reason } : { status });
}

/** Providers tell again what was answered with 5xx, and take a 429 for a fault of their own. */
function failed(c: PaymentContext, provider: string, error: unknown, { log, observe }: PaymentRoutesOptions): Response {
  const { requestId } = c.env;
  const refusal = refusalOf(error, requestId);
  observe(provider, 'failed');
  log.error({ err: error, requestId, provider }, 'a payment message could not be dealt with; it will be told again');
  const isPassing = wireRow(refusal).httpStatus < 500;
  return refuse(c, isPassing ? { reason: 'store_unavailable', meta: {} } : refusal);
}

async function bodyOf(c: PaymentContext): Promise<string | WireRefusal> {
  const { incoming } = c.env;
  if (isEncoded(incoming)) return { reason: 'unsupported_media_type', meta: {} };
  const problem = await readBody(incoming, MESSAGE_BYTES_MAX);
  if (problem === 'too_large') return { reason: 'payload_too_large', meta: {} };
  if (problem !== null)
    return invalidInput('', problem === 'not_utf8' ? 'the body is not UTF-8' : 'the body was cut off');
  return c.req.text();
}

function refuse(c: PaymentContext, refusal: WireRefusal): Response {
  return jsonAnswer(refusal, c.req.path);
}
