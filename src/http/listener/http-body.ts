import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

export const BODY_BYTES_MAX = 65_536;

export type BodyProblem = 'too_large' | 'not_utf8' | 'cut_off';

/** `rawBody` is the HTTP adapter's name for a body that has been read already. */
type ReadMessage = IncomingMessage & { rawBody?: Buffer; bodyProblem?: BodyProblem };

/**
 * Reads a request's body, at most `bytesMax`, whether its length was announced or not, and leaves it where the HTTP
 * adapter looks for it. Resolves with what is wrong with it, or null; then nothing more of it is kept in memory.
 * Reading it again resolves with the same.
 */
export const readBody = (incoming: ReadMessage, bytesMax = BODY_BYTES_MAX): Promise<BodyProblem | null> =>
  new Promise((resolve) => whenRead(incoming, resolve, bytesMax));

/** As `readBody`, without a promise: calls `then` once, and returns its result where the body has been read before. */
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

/** Whether a request's body has been read without a problem. */
export const hasBody = ({ rawBody }: ReadMessage): boolean => rawBody !== undefined;

/** Whether a request says that it has a body that is not empty. */
export const announcesBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** The body that `readBody` has read without a problem. */
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
  // A request that is cut off closes too; Node keeps the error from requests that do not listen for it.
  incoming.on('close', () => settle('cut_off'));
}
