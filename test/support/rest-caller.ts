import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { refusalSchema } from '../../scripts/openapi/refusals.ts';
import { OUTPUTS } from '../../src/contract/outputs/outputs.ts';
import { type Reason, WIRE } from '../../src/contract/calls/wire-refusals.ts';
import { REST_OPERATIONS } from '../../src/api/rest/rest-operations.ts';
import { type Credentials, headersOf } from './shop-server.ts';

export interface RestAnswer {
  status: number;
  headers: Headers;
  body: unknown;
  /** `error` of a refusal. */
  error: { reason: Reason; meta: unknown; code: string; httpStatus: number; requestId: string } | undefined;
}

export interface RestCall extends Credentials {
  /** Text is sent unchanged, anything else as JSON. */
  body?: unknown;
}

/**
 * Sends requests below `/api/v1` as any HTTP client would. Rejects for a refusal that does not match the OpenAPI
 * document.
 */
export async function ask(url: string, method: string, path: string, call: RestCall = {}): Promise<RestAnswer> {
  const { body } = call;
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headersOf(call) },
    ...(text === undefined ? {} : { body: text }),
  });
  const answer = (await response.json()) as { error?: RestAnswer['error'] } | null;
  const error = answer?.error;
  if (response.status === 200) return { status: 200, headers: response.headers, body: answer, error: undefined };
  if (!error || !(error.reason in WIRE)) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  refusalSchema(error.reason).parse(error);
  if (error.httpStatus !== response.status) throw new Error(`${response.status} says it is ${error.httpStatus}`);
  return { status: response.status, headers: response.headers, body: answer, error };
}

/** Calls a procedure by its REST path. Fields that are not in the path go in the body or in the query. */
export async function call(
  url: string,
  procedure: string,
  input: Record<string, unknown> = {},
  who: Credentials = {},
): Promise<RestAnswer> {
  const operation = REST_OPERATIONS.find((each) => each.procedure === procedure);
  if (!operation) throw new Error(`${procedure} has no path`);
  const rest = { ...input };
  const path = operation.path.replaceAll(/\{(.+?)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  const { method } = operation;
  const query = new URLSearchParams(
    Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const answer =
    method === 'POST' || method === 'PUT'
      ? await ask(url, method, path, { ...who, body: rest })
      : await ask(url, method, query.size > 0 ? `${path}?${query.toString()}` : path, who);
  if (answer.error && !documentedReasons(procedure, answer.status).includes(answer.error.reason)) {
    throw new Error(`the document does not have ${answer.status} ${answer.error.reason} of ${procedure}`);
  }
  return answer;
}

interface Response {
  $ref?: string;
  description: string;
}
interface Described {
  paths: Record<string, Record<string, { operationId?: string; responses: Record<string, Response> }>>;
  components: { responses: Record<string, Response> };
}
const DOCUMENT = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as Described;

/** Returns the reasons that the OpenAPI document has for a status of a procedure. */
function documentedReasons(procedure: string, status: number): string[] {
  const operations = Object.values(DOCUMENT.paths).flatMap((item) => Object.values(item));
  const response = operations.find(({ operationId }) => operationId === procedure)?.responses[status];
  const name = response?.$ref?.split('/').at(-1);
  const { description = '' } = (name === undefined ? response : DOCUMENT.components.responses[name]) ?? {};
  return [...description.matchAll(/([a-z_]+): /g)].map(([, reason = '']) => reason);
}

/** Returns the answer to a call that must succeed, exactly as the OpenAPI document defines it. */
export async function must<T = Record<string, unknown>>(
  url: string,
  procedure: string,
  input?: Record<string, unknown>,
  who?: Credentials,
): Promise<T> {
  const { status, body } = await call(url, procedure, input, who);
  if (status !== 200) throw new Error(`${procedure}: ${JSON.stringify(body)}`);
  return (OUTPUTS[procedure as keyof typeof OUTPUTS] as z.ZodType).parse(body) as T;
}
