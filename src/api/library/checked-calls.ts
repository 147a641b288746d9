import type { z } from 'zod';
import {
  type Call,
  type Mutation,
  type OwnQuery,
  type Query,
  invalid,
  refuse,
  type Result,
} from '../../contract/calls/call.ts';
import { idempotencyKey } from '../../contract/inputs/fields.ts';
import { caller } from '../../contract/inputs/library-inputs.ts';
import { isRecord } from '../transformer.ts';
import { issuesOf } from '../wire-errors.ts';

/** Wrappers for services that check the input first and return `invalid_input` if a schema refuses it. */

/** Returns the value as the schema reads it, or `invalid_input` with the fields that the schema refuses. */
export function checked<T>(schema: z.ZodType, value: unknown, prefix: string[] = []): Result<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data as T };
  const issues = issuesOf(parsed.error).map(({ path, message }) => ({
    path: [...prefix, ...(path === '' ? [] : [path])].join('.'),
    message,
  }));
  return refuse({ reason: 'invalid_input', meta: { issues } });
}

/** Returns null if the caller and the key of a call are valid, and the refusal otherwise. */
export function callRefusal(call: Call | undefined): Result<never> | null {
  const who = checked(caller, call?.caller, ['caller']);
  if (!who.ok) return who;
  if (call?.idempotencyKey === undefined) return null;
  const key = checked(idempotencyKey, call.idempotencyKey, ['idempotencyKey']);
  return key.ok ? null : key;
}

/** Checks the input of a query. */
export const query =
  <I, O>(schema: z.ZodType, service: Query<I, O>): Query<I, O> =>
  async (input) => {
    const given = checked<I>(schema, input);
    return given.ok ? service(given.value) : given;
  };

/** Checks the input and the caller of a query whose answer depends on the caller. */
export const ownQuery =
  <I, O>(schema: z.ZodType, service: OwnQuery<I, O>): OwnQuery<I, O> =>
  async (input, call) => {
    const given = checked<I>(schema, input);
    if (!given.ok) return given;
    return callRefusal(call) ?? service(given.value, call);
  };

/** Checks the input of a mutation by the schema of the wire, in which the key is a field of the input. */
export const mutation =
  <I extends object, O>(schema: z.ZodType, service: Mutation<I, O>): Mutation<I, O> =>
  async (input, call) => {
    if (isRecord(input) && 'idempotencyKey' in input) {
      return invalid(
        'idempotencyKey',
        'belongs to the call, beside caller: service(input, { caller, idempotencyKey })',
      );
    }
    const refusal = callRefusal(call);
    if (refusal) return refusal;
    const key = call.idempotencyKey;
    const isPlain = key === undefined || !(isRecord(input) || input === undefined);
    const given = checked<I & { idempotencyKey?: string }>(schema, isPlain ? input : { ...input, idempotencyKey: key });
    if (!given.ok) return given;
    if (key === undefined) return service(given.value, call);
    const { idempotencyKey: _, ...fields } = given.value;
    return service(fields as unknown as I, call);
  };
