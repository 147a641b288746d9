import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { Failed } from './cli-context.ts';

/** Where the bulk routes are, and who asks. */
export interface BulkServer {
  url: string;
  operatorKey: string | undefined;
}

/** The last line of an import's answer. */
export interface ImportReport {
  rows: number;
  applied: number;
  unchanged: number;
  problems: { row: number; sku?: string; column?: string; reason: string; message: string }[];
  problemCount: number;
  resumedFrom: number;
  done: boolean;
  unreadable?: { path: string; message: string };
  takenOver?: true;
  /** When the file was imported before, in epoch milliseconds, where this call applied nothing for that reason. */
  alreadyImportedAt?: number;
}

type Line =
  | ({ type: 'progress'; rows: number } | ({ type: 'report' } & ImportReport))
  | { type: 'error'; error: WireError };

interface WireError {
  message: string;
  reason: string;
  meta: Record<string, unknown>;
}

/** Without `--again`, because the import may have been finished when the answer broke off. */
export const RESUME = 'send the file again to go on, without --again';

/**
 * Sends a file while its answer is read. Rejects with `Failed` where the server refuses it or the answer breaks off, and
 * with the network's own error where nobody answers.
 */
export async function sendImport(
  server: BulkServer,
  query: Record<string, string>,
  file: Readable,
  onRows: (rows: number) => void,
): Promise<ImportReport> {
  const answer = await ask(server, 'POST', `/api/v1/stock/import?${new URLSearchParams(query)}`, file);
  for await (const text of createInterface({ input: answer })) {
    const line = JSON.parse(text) as Line;
    if (line.type === 'progress') onRows(line.rows);
    else if (line.type === 'report') return line;
    else throw failedWith(line.error);
  }
  throw new Failed(`the answer broke off: ${RESUME}`);
}

/** The bytes of an export. Rejects as `sendImport` does. */
export function readExport(server: BulkServer, query: Record<string, string>): Promise<IncomingMessage> {
  return ask(server, 'GET', `/api/v1/stock/export?${new URLSearchParams(query)}`, null);
}

/** The bytes of a backup. Rejects as `sendImport` does. */
export function readBackup(server: BulkServer): Promise<IncomingMessage> {
  return ask(server, 'GET', '/api/v1/admin/backup', null);
}

/** Resolves with an answer of status 200 as soon as it begins, however much of the file is still to be sent. */
async function ask(
  { url, operatorKey }: BulkServer,
  method: string,
  path: string,
  file: Readable | null,
): Promise<IncomingMessage> {
  const target = new URL(url.replace(/\/+$/, '') + path);
  const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(target, {
      method,
      headers: operatorKey ? { authorization: `Bearer ${operatorKey}` } : {},
    });
    // A server that refuses a file does not read the rest of it: what it said counts, not the connection's end.
    sent.once('response', resolve).on('error', reject);
    if (!file) sent.end();
    else file.once('error', (error) => sent.destroy(error)).pipe(sent);
  });
  if (answer.statusCode === 200) return answer;
  const text = await textOf(answer);
  throw failedWith(errorIn(text) ?? { message: `status ${answer.statusCode}`, reason: 'no answer', meta: {} });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of answer.setEncoding('utf8')) text += String(part);
  return text;
}

function errorIn(text: string): WireError | null {
  try {
    return (JSON.parse(text) as { error: WireError }).error;
  } catch {
    return null;
  }
}

function failedWith({ message, reason, meta }: WireError): Failed {
  if (reason === 'not_authorized') return new Failed('the server does not take this OPERATOR_KEY (or none is set)');
  const issue = soleIssue(meta);
  // What is wrong with the call as a whole is a sentence of its own.
  if (reason === 'invalid_input' && issue?.path === '') return new Failed(issue.message);
  const details = Object.keys(meta).length === 0 ? '' : ` ${JSON.stringify(meta)}`;
  return new Failed(`${reason}: ${message}${details}`);
}

function soleIssue({ issues }: Record<string, unknown>): { path: string; message: string } | null {
  const [first, second] = Array.isArray(issues) ? (issues as { path: string; message: string }[]) : [];
  return second === undefined ? (first ?? null) : null;
}
