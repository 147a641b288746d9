import type { ServiceReason, WireRefusal } from './wire-refusals.ts';

/** A refusal of a service. Refusals are values, and a refused call changed nothing. Outages and bugs throw. */
export type Refusal = Extract<WireRefusal, { reason: ServiceReason }>;

export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const refuse = (refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal });

/** Returns a refusal of the input because of one field. */
export const invalid = (path: string, message: string): { ok: false; refusal: Refusal } =>
  refuse({ reason: 'invalid_input', meta: { issues: [{ path, message }] } });
