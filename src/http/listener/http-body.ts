import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { invalidInput } from '../../api/wire-errors.ts';
import type { WireRefusal } from '../../contract/calls/wire-refusals.ts';

export const BODY_BYTES_MAX = 65_536;

type BodyProblem = 'too_large' | 'not_utf8' | 'cut_off';

const BODY_REFUSALS: Record<BodyProblem, WireRefusal> = {
  too_large: { reason: 'payload_too_large', meta: {} },
  not_utf8: invalidInput('', 'the body is not UTF-8'),
  cut_off: invalidInput('', 'the body was cut off'),
};

/**
 * Returns whether a content type is `application/json`, in UTF-8 if it names a charset. Most clients send the plain
 * form.
 */
export const isJson = (contentType: string): boolean =>
  contentType === 'application/json' ||
  /^application\/json\s*(;\s*charset=("?)utf-?8\2\s*)?;?\s*$/i.test(contentType.trim());

/** Returns whether a body is compressed, or has another encoding that the server does not support. */
export const isEncoded = ({ headers }: IncomingMessage): boolean =>
  !/^(identity)?$/i.test(headers['content-encoding']?.trim() ?? '');

/** `rawBody` is the HTTP adapter's name for a body that has been read already. */
type ReadMessage = IncomingMessage & { rawBody?: Buffer; bodyProblem?: BodyProblem };

/** Reads a request's body. Resolves with the refusal of a body that cannot be used, or null. */
export async function bodyRefusal(incoming: IncomingMessage, bytesMax?: number): Promise<WireRefusal | null> {
  const problem = await readBody(incoming, bytesMax);
  return problem && BODY_REFUSALS[problem];
}

/**
 * Reads a request's body, at most `bytesMax` bytes, with or without an announced length, and stores it where the HTTP
 * adapter looks for it. Resolves with the problem, or null. A body with a problem is not kept in memory. A second call
 * resolves with the same.
 */
export const readBody = (incoming: ReadMessage, bytesMax = BODY_BYTES_MAX): Promise<BodyProblem | null> =>
  new Promise((resolve) => whenRead(incoming, resolve, bytesMax));

/** Like `readBody`, without a promise: calls `then` once, and returns its result if the body has been read before. */
export function whenRead(
  incoming: ReadMessage,
  then: (problem: BodyProblem | null) => unknown,
  bytesMax = BODY_BYTES_MAX,
): unknown {
  if (incoming.rawBody) return then(null);
  if (incoming.bodyProblem) return then(incoming.bodyProblem);
  if (Number(incoming.headers['content-length'] ?? 0) > bytesMax) return then('too_large');
  collect(incoming, bytesMax, then);
  return undefined;
}

/** Returns whether a request's body has been read without a problem. */
export const hasBody = ({ rawBody }: ReadMessage): boolean => rawBody !== undefined;

/**
 * Resolves to whether a request has a body that is not empty. Without a length in the headers it reads the body: other
 * frameworks hand over a request without a body as a stream that ends at once.
 */
export async function sendsBody(incoming: ReadMessage): Promise<boolean> {
  if (incoming.headers['transfer-encoding'] === undefined) return Number(incoming.headers['content-length'] ?? 0) > 0;
  const problem = await readBody(incoming);
  return problem !== null || readText(incoming) !== '';
}

/** Returns the body that `readBody` has read without a problem, or an empty text. */
export const readText = ({ rawBody }: ReadMessage): string => rawBody?.toString() ?? '';

function collect(incoming: ReadMessage, bytesMax: number, then: (problem: BodyProblem | null) => unknown): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isSettled = false;
  const settle = (problem: BodyProblem | null): void => {
    if (isSettled) return;
    isSettled = true;
    if (problem !== null) incoming.bodyProblem = problem;
    then(problem);
  };
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes <= bytesMax) return;
    incoming.pause().off('data', onData);
    chunks.length = 0;
    settle('too_large');
  };
  incoming.on('data', onData);
  incoming.on('end', () => {
    const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
    if (!isUtf8(body)) return settle('not_utf8');
    if (!isSettled) incoming.rawBody = body;
    settle(null);
  });
  // A request that is cut off emits `close` too. Node does not emit the error to requests without a listener.
  incoming.on('close', () => settle('cut_off'));
}
