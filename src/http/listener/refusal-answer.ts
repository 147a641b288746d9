import { wireError } from '../../api/wire-errors.ts';
import { refusalHeaders, wireRow, type WireRefusal } from '../../contract/calls/wire-refusals.ts';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

const PATH_CHARS_MAX = 256;

export const NOT_FOUND: WireRefusal = { reason: 'not_found', meta: {} };
export const METHOD_NOT_ALLOWED: WireRefusal = { reason: 'method_not_allowed', meta: {} };
export const UNSUPPORTED_MEDIA_TYPE: WireRefusal = { reason: 'unsupported_media_type', meta: {} };

/** Returns the body of a refusal outside of REST. `path` is the procedure, or empty. */
export const trpcErrorBody = (refusal: WireRefusal, path: string, requestId: string): string =>
  JSON.stringify({ error: { json: wireError(refusal, path, requestId) } });

/**
 * Returns the body of a refusal over REST: the fields of tRPC's `error.json.data`, the message and the request's id.
 */
export const restError = (refusal: WireRefusal, requestId: string) => {
  const { httpStatus, code, message } = wireRow(refusal);
  return { error: { code, httpStatus, ...refusal, message, requestId } };
};

/**
 * Returns the answer to a request that no procedure has handled, in the form of tRPC's errors. `allow`: the methods.
 */
export function refuseTrpc({ req, env }: RefusedRequest, refusal: WireRefusal, allow?: string): Response {
  const path = req.path.replace(/^\/trpc\//, '').slice(0, PATH_CHARS_MAX);
  return refusalResponse(refusal, trpcErrorBody(refusal, path, env.requestId), allow);
}

/** The parts of a refused request that its answer outside of REST uses. */
interface RefusedRequest {
  req: { path: string };
  env: { requestId: string };
}

/** Returns the answer to a refused request over REST. `allow`: the methods that the resource has. */
export const refuseRest = ({ env }: HttpContext, refusal: WireRefusal, allow?: string): Response =>
  refusalResponse(refusal, JSON.stringify(restError(refusal, env.requestId)), allow);

function refusalResponse(refusal: WireRefusal, body: string, allow: string | undefined): Response {
  return new Response(body, {
    status: wireRow(refusal).httpStatus,
    headers: {
      'content-type': 'application/json',
      ...refusalHeaders([refusal]),
      ...(allow === undefined ? {} : { allow }),
    },
  });
}

/** The environment of hono's handlers: Node's objects of the request, and the request's id. */
export interface HttpEnv {
  Bindings: HttpBindings & { requestId: string };
}

export type HttpContext = Context<HttpEnv>;
