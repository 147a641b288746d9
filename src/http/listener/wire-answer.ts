import { wireError } from '../../api/wire-errors.ts';
import { refusalHeaders, wireRow, type WireRefusal } from '../../contract/wire-refusals.ts';

const PATH_CHARS_MAX = 256;

/** The answer to a request that no procedure has dealt with, in the form of those that one has refused. */
export function jsonAnswer(refusal: WireRefusal, path: string): Response {
  const body = JSON.stringify({ error: { json: wireError(refusal, path.slice(0, PATH_CHARS_MAX)) } });
  return new Response(body, {
    status: wireRow(refusal).httpStatus,
    headers: { 'content-type': 'application/json', ...refusalHeaders([refusal]) },
  });
}

/** The body of a refusal over REST: the fields of tRPC's `error.json.data`, with the message and the request's id. */
export const restError = (refusal: WireRefusal, requestId: string) => {
  const { httpStatus, code, message } = wireRow(refusal);
  return { error: { code, httpStatus, ...refusal, message, requestId } };
};
