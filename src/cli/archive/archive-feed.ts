import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { createInterface } from 'node:readline';
import type { LedgerLine } from '../../contract/outputs/ledger-lines.ts';
import { SHOP_HEADER } from '../../contract/shop-header.ts';
import { type CalledServer, Failed } from '../context/cli-context.ts';
import { type ReceivedRefusal, refusalLine } from '../context/refusal-text.ts';

/** Thrown for a failure after which another attempt may succeed. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface LedgerAnswer {
  shop: string;
  lines: AsyncIterable<LedgerLine>;
}

export interface LedgerRequest {
  after: string | null;
  limit: number;
  follower?: string;
}

/** Requests the ledger. Rejects with `Failed` for a refusal, and with `Interrupted` where the server cannot answer. */
export async function requestLedger(
  { url, operatorKey, headers }: CalledServer,
  { after, limit, follower }: LedgerRequest,
  signal: AbortSignal,
): Promise<LedgerAnswer> {
  const query = new URLSearchParams({ limit: String(limit) });
  if (after !== null) query.set('after', after);
  if (follower !== undefined) query.set('follower', follower);
  const authorization = operatorKey ? { authorization: `Bearer ${operatorKey}` } : {};
  const target = `${url.replace(/\/+$/, '')}/api/v1/ledger?${query}`;
  const answer = await fetch(target, { headers: { ...headers, ...authorization }, signal }).catch((error: Error) => {
    throw new Interrupted(`no Holdfast server answers at ${url}`, { cause: error });
  });
  if (answer.status !== 200 || !answer.body) throw await refusalIn(answer);
  const body = Readable.fromWeb(answer.body as WebStream);
  return { shop: answer.headers.get(SHOP_HEADER) ?? '', lines: ledgerLinesIn(body) };
}

async function* ledgerLinesIn(body: Readable): AsyncGenerator<LedgerLine> {
  try {
    for await (const text of createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY })) {
      yield JSON.parse(text) as LedgerLine;
    }
  } finally {
    body.destroy();
  }
}

async function refusalIn(answer: Response): Promise<Error> {
  const text = await answer.text();
  if (answer.status === 429 || answer.status >= 500) return new Interrupted(`the server answers ${answer.status}`);
  try {
    return new Failed(refusalLine((JSON.parse(text) as { error: ReceivedRefusal }).error));
  } catch {
    return new Failed(`the server at ${answer.url} is not a Holdfast server: it answers ${answer.status}`);
  }
}
