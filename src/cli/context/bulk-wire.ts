import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import type { ImportReport } from '../../contract/outputs/stock-outputs.ts';
import { type CalledServer, Failed } from './cli-context.ts';
import { type ReceivedRefusal, refusalLine } from './refusal-text.ts';

type ImportAnswerLine =
  | ({ type: 'progress'; rows: number } | ({ type: 'report' } & ImportReport))
  | { type: 'error'; error: ReceivedRefusal };

/** Without `--again`, because the import may have been complete when the connection was cut. */
export const RESUME = 'repeat the import without --again to resume it';

/**
 * Sends a file and reads the answer at the same time. Rejects with `Failed` if the server refuses the import or the
 * connection is cut, and with the network's error if there is no answer.
 */
export async function sendImport(
  server: CalledServer,
  query: Record<string, string>,
  file: Readable,
  onRows: (rows: number) => void,
): Promise<ImportReport> {
  const answer = await requestBulk(server, 'POST', `/api/v1/stock/import?${new URLSearchParams(query)}`, file);
  for await (const text of createInterface({ input: answer })) {
    const line = JSON.parse(text) as ImportAnswerLine;
    if (line.type === 'progress') onRows(line.rows);
    else if (line.type === 'report') return line;
    else throw new Failed(refusalLine(line.error));
  }
  throw new Failed(`the connection was cut before the import ended: ${RESUME}`);
}

/** Resolves with the bytes of an export. Rejects like `sendImport`. */
export function readExport(server: CalledServer, query: Record<string, string>): Promise<IncomingMessage> {
  return requestBulk(server, 'GET', `/api/v1/stock/export?${new URLSearchParams(query)}`, null);
}

/** Resolves with the bytes of a backup. Rejects like `sendImport`. */
export function readBackup(server: CalledServer): Promise<IncomingMessage> {
  return requestBulk(server, 'GET', '/api/v1/admin/backup', null);
}

/** Resolves with an answer of status 200 as soon as its headers arrive, even if the file is not completely sent. */
async function requestBulk(
  { url, operatorKey, headers }: CalledServer,
  method: string,
  path: string,
  file: Readable | null,
): Promise<IncomingMessage> {
  const target = new URL(url.replace(/\/+$/, '') + path);
  const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(target, {
      method,
      headers: { ...headers, ...(operatorKey ? { authorization: `Bearer ${operatorKey}` } : {}) },
    });
    // A server that refuses a file does not read the rest of it. Its answer counts, not the error of the connection.
    sent.once('response', resolve).on('error', reject);
    if (!file) sent.end();
    else file.once('error', (error) => sent.destroy(error)).pipe(sent);
  });
  if (answer.statusCode === 200) return answer;
  const text = await bodyTextOf(answer);
  const refusal = errorIn(text);
  throw new Failed(
    refusal
      ? refusalLine(refusal)
      : `${target.origin} is not a Holdfast server: ${path} has the status ${answer.statusCode}`,
  );
}

async function bodyTextOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of answer.setEncoding('utf8')) text += String(part);
  return text;
}

function errorIn(text: string): ReceivedRefusal | null {
  try {
    return (JSON.parse(text) as { error: ReceivedRefusal }).error;
  } catch {
    return null;
  }
}
