import type { ImportReport } from '../../../../src/contract/stock-outputs.ts';
import { SHOP_URL } from '../../places.ts';
import { storedKey } from '../../session/operator-session.ts';
import { TEXT } from '../../text.ts';

/** The streams of files have a route and not a procedure. Any program can call them like this: docs/bulk.md. */

export type Format = 'csv' | 'jsonl';

/** What the server said about a file that it did not accept, as a sentence. */
export class BulkFailure extends Error {
  override readonly name = 'BulkFailure';
}

type AnswerLine =
  | { type: 'progress'; rows: number }
  | ({ type: 'report' } & ImportReport)
  | { type: 'error'; error: { reason: string; meta: object } };

interface ImportCall {
  file: File;
  format: Format;
  query: Readonly<Record<string, string>>;
  onRows: (rows: number) => void;
}

/** Sends a file, and resolves with the report. Rejects with `BulkFailure`, or with the error of the network. */
export async function sendImport({ file, format, query, onRows }: ImportCall): Promise<ImportReport> {
  const answer = await call(`import?${new URLSearchParams({ format, ...query })}`, { method: 'POST', body: file });
  for await (const line of linesOf(answer)) {
    if (line.type === 'report') return line;
    if (line.type === 'error') throw new BulkFailure(sentenceOf(line.error));
    onRows(line.rows);
  }
  throw new BulkFailure(TEXT.import.broken);
}

/** Resolves with a whole export. */
export async function readExport(format: Format, onBytes: (bytes: number) => void): Promise<Blob> {
  const answer = await call(`export?format=${format}`, {});
  const parts: BlobPart[] = [];
  let bytes = 0;
  for await (const part of partsOf(answer)) {
    parts.push(part);
    bytes += part.byteLength;
    onBytes(bytes);
  }
  return new Blob(parts);
}

async function call(path: string, init: RequestInit): Promise<Response> {
  const headers = { authorization: `Bearer ${storedKey() ?? ''}` };
  const answer = await fetch(`${SHOP_URL}/api/v1/stock/${path}`, { ...init, headers });
  if (answer.ok) return answer;
  const { error } = (await answer.json()) as { error: { reason: string; meta: object } };
  throw new BulkFailure(sentenceOf(error));
}

function sentenceOf({ reason, meta }: { reason: string; meta: object }): string {
  const sentences = TEXT.errors.refusals as Readonly<Record<string, (meta: never) => string>>;
  return sentences[reason]?.(meta as never) ?? TEXT.errors.noAnswer;
}

async function* partsOf({ body }: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) yield part.value;
}

async function* linesOf(answer: Response): AsyncGenerator<AnswerLine> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of partsOf(answer)) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as AnswerLine;
  }
}
