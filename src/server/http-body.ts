import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

export const BODY_BYTES_MAX = 65_536;

export type BodyProblem = 'too_large' | 'not_utf8' | 'cut_off';

/** `rawBody` is the HTTP adapter's name for a body that has been read already. */
type ReadMessage = IncomingMessage & { rawBody?: Buffer; bodyProblem?: BodyProblem };

/**
 * Reads a request's body, at most `BODY_BYTES_MAX`, whether its length was announced or not, and leaves it where the
 * HTTP adapter looks for it. Resolves with what is wrong with it, or null; then nothing more of it is kept in memory.
 * Reading it again tells the same again.
 */
export async function readBody(incoming: ReadMessage): Promise<BodyProblem | null> {
  if (incoming.rawBody) return null;
  if (incoming.bodyProblem) return incoming.bodyProblem;
  if (Number(incoming.headers['content-length'] ?? 0) > BODY_BYTES_MAX) return 'too_large';
  const read = await collect(incoming);
  const body = typeof read === 'string' || isUtf8(read) ? read : 'not_utf8';
  if (typeof body !== 'string') incoming.rawBody = body;
  else incoming.bodyProblem = body;
  return typeof body === 'string' ? body : null;
}

/** The body that `readBody` has read without a problem. */
export const readText = ({ rawBody }: ReadMessage): string => rawBody?.toString() ?? '';

function collect(incoming: IncomingMessage): Promise<Buffer | BodyProblem> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (outcome: Buffer | BodyProblem): void => {
      incoming.off('data', onData).off('end', onEnd).off('close', onCutOff).off('error', onCutOff);
      resolve(outcome);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > BODY_BYTES_MAX) {
        incoming.pause();
        settle('too_large');
      }
    };
    const onEnd = (): void => settle(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    const onCutOff = (): void => settle('cut_off');
    incoming.on('data', onData).on('end', onEnd).on('close', onCutOff).on('error', onCutOff);
  });
}
