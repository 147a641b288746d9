import { Agent as HttpAgent, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Delivered, Delivery, WebhookSender } from '../shop/webhook/webhook-sender.ts';
import { checkedAddresses, hostOf, type Resolve, resolveByDns, TargetRefused, urlProblem } from './target-check.ts';

const TIMEOUT_MS = 15_000;
/** The bound is short, because the operator who registers an endpoint waits for the look-up of its name. */
const LOOKUP_MS_MAX = 5_000;
/** Only the head of a response counts. At most this much of its body is read, for at most this long. */
const RESPONSE_BYTES_MAX = 65_536;
const RESPONSE_REST_MS_MAX = 1_000;
const RESPONSE_HEADER_BYTES_MAX = 16_384;

export interface HttpSenderOptions {
  /** Whether plain http and targets in private networks are allowed. */
  allowPrivate: boolean;
  resolve?: Resolve;
  /** The time limit of a whole attempt, from the look-up of the name to the end of the response. */
  timeoutMs?: number;
  /** The clock for the signature's timestamp, which receivers compare with their own clock. */
  now?: () => number;
}

/** Sends webhooks as Standard Webhooks defines them. Redirects are not followed, and proxies are not used. */
export function createHttpSender(options: HttpSenderOptions): WebhookSender {
  const { allowPrivate, resolve = resolveByDns, timeoutMs = TIMEOUT_MS, now = Date.now } = options;
  // Each attempt opens a new connection, because a kept connection would still use an earlier address of the name.
  const agents = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };
  return {
    async problemOf(url) {
      const problem = urlProblem(url, allowPrivate);
      if (problem !== null) return problem;
      try {
        const timeout = AbortSignal.timeout(LOOKUP_MS_MAX);
        await rejectOnAbort(timeout, checkedAddresses(hostOf(new URL(url)), { resolve, allowPrivate }));
        return null;
      } catch (error) {
        return error instanceof TargetRefused
          ? 'must not be a target in a private network: WEBHOOK_ALLOW_PRIVATE=yes allows it'
          : `must be a URL with a name that can be looked up within ${LOOKUP_MS_MAX / 1_000} seconds`;
      }
    },
    async deliver(delivery, signal) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const either = AbortSignal.any([signal, timeout]);
      try {
        return await rejectOnAbort(either, post(delivery, { agents, allowPrivate, resolve, now }, either));
      } catch (error) {
        if (signal.aborted) return { outcome: 'aborted' };
        return { outcome: 'failed', status: timeout.aborted ? 'timeout' : errorCode(error), retryAfterMs: null };
      }
    },
  };
}

interface PostParts {
  agents: { http: HttpAgent; https: HttpsAgent };
  allowPrivate: boolean;
  resolve: Resolve;
  now: () => number;
}

async function post(delivery: Delivery, parts: PostParts, signal: AbortSignal): Promise<Delivered> {
  const problem = urlProblem(delivery.url, parts.allowPrivate);
  if (problem !== null) throw new TargetRefused(problem);
  const url = new URL(delivery.url);
  // The name is looked up once, so that the connection goes to the address that was checked.
  const addresses = await checkedAddresses(hostOf(url), parts);
  const isTls = url.protocol === 'https:';
  const response = await sendRequest(isTls ? httpsRequest : httpRequest, url, delivery.body, {
    method: 'POST',
    agent: isTls ? parts.agents.https : parts.agents.http,
    lookup: lookupOf(addresses),
    headers: deliveryHeaders(delivery, new Date(parts.now())),
    maxHeaderSize: RESPONSE_HEADER_BYTES_MAX,
    signal,
  });
  return deliveredBy(response, parts.now());
}

/** Returns a look-up that answers with the checked addresses for any name. */
const lookupOf =
  (addresses: readonly { address: string; family: number }[]): LookupFunction =>
  (_hostname, { all }, done) => {
    const [first] = addresses;
    if (!first) done(new Error('no address'), '', 4);
    else if (all) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };

function deliveryHeaders({ id, body, secrets, traceparent }: Delivery, at: Date): Record<string, string> {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'holdfast-webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

interface ReceiverResponse {
  status: number;
  retryAfter: string | undefined;
}

/** Resolves with the head of the response. The rest is read in the background, within bounds of size and time. */
function sendRequest(
  open: typeof httpRequest,
  url: URL,
  body: string,
  options: RequestOptions,
): Promise<ReceiverResponse> {
  return new Promise((resolve, reject) => {
    const sent = open(url, options, (response: IncomingMessage) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > RESPONSE_BYTES_MAX) response.destroy();
      });
      // The status has arrived, so later errors do not matter.
      response.on('error', () => undefined);
      // The attempt's own signal may be collected as garbage by then, and then its timeout never fires.
      const timer = setTimeout(() => response.destroy(), RESPONSE_REST_MS_MAX).unref();
      response.once('close', () => clearTimeout(timer));
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function deliveredBy({ status, retryAfter }: ReceiverResponse, nowMs: number): Delivered {
  if (status >= 200 && status < 300) return { outcome: 'delivered', status: String(status) };
  if (status === 410) return { outcome: 'gone', status: '410' };
  return { outcome: 'failed', status: String(status), retryAfterMs: parseRetryAfter(retryAfter, nowMs) };
}

/** Parses a number of seconds or a date; returns null for anything else. The caller bounds the wait. */
function parseRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** Returns a code like `ECONNREFUSED`, because messages may contain the URL. */
function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : 'failed';
}

/** Settles like `work`, or rejects as soon as the signal aborts, because a look-up of a name cannot be cancelled. */
function rejectOnAbort<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('aborted'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
