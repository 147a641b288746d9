import type { Caller, Result } from '../../contract/calls/call.ts';
import { DAY_MS } from '../../domain/limits.ts';
import type { PutStep, Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { documentIn, putDocument } from '../../transact/documents/json-document.ts';
import { admissionKey, givenKey } from '../../transact/documents/names.ts';

/** A session requests its first units of a SKU that may be protected. */
export interface AdmissionRequest {
  sku: string;
  caller: Caller;
  /** The token of the call, if it has one. */
  token: string | undefined;
}

/** The permission of a session to reserve a protected SKU. */
export interface Admission {
  /**
   * A permission with a name admits one session. Other sessions that show it before `untilMs` are refused. The session
   * may use it again, unless it is valid for more than 30 days, or units of the session went to another session.
   */
  once?: { name: string; untilMs: number };
}

/**
 * Decides whether a session may reserve a protected SKU: the hook for a queue, a captcha or a login of the shop.
 * Resolves with null to refuse. It is called for each call that has a token, and for each first reserve of a protected
 * SKU without one. A retried call calls it again.
 */
export type Admit = (request: AdmissionRequest) => Promise<Admission | null>;

/**
 * Runs a change of a line with the permission of its session, if it has one. A call without a token runs without a
 * permission first, because most SKUs are not protected.
 */
export async function withAdmission<T>(
  admit: Admit | undefined,
  request: AdmissionRequest,
  run: (admission: Admission | null) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (request.token !== undefined) return run((await admit?.(request)) ?? null);
  const result = await run(null);
  if (!admit || result.ok || result.refusal.reason !== 'admission_required') return result;
  const admission = await admit(request);
  return admission ? run(admission) : result;
}

/**
 * How long the mark is kept that a cart's units went to another session. A permission that is valid longer can be used
 * only once.
 */
const GIVEN_MS = 30 * DAY_MS;

/** The record that a session has used a permission. Null: no session may use it again. */
interface PermissionUse {
  by: string | null;
}

/** Returns the keys of the documents that `admissionSteps` needs. */
export const admissionReads = (admission: Admission | null, cartId: string): string[] =>
  admission?.once ? [admissionKey(admission.once.name), givenKey(cartId)] : [];

/** Returns the most steps of `admissionSteps`. */
export const admissionStepsMax = (admission: Admission | null): number => (admission?.once ? 1 : 0);

/**
 * Returns the step that invalidates all permissions that a session has used so far, because the units of its cart went
 * to another session.
 */
export const giveAdmissions = (cartId: string): PutStep => ({
  kind: 'put',
  key: givenKey(cartId),
  expect: 'any',
  body: '{}',
  dueInMs: GIVEN_MS,
});

/**
 * Returns the steps that record the use of a permission. They are refused with `conflict` if another call has recorded
 * one since the snapshot. A repeated use is written too, so that it is refused if the permission was used and
 * invalidated since. Returns null if another session has used the permission, or if it was invalidated. Throws
 * `ServiceFailure` for a record that cannot be read.
 */
export function admissionSteps(
  { once }: Admission,
  { by, cartId, view, now }: { by: string; cartId: string; view: Snapshot; now: number },
): Step[] | null {
  if (!once) return [];
  const key = admissionKey(once.name);
  const used = documentIn<PermissionUse | null>(view, key, null);
  const isGiven = documentIn<object | null>(view, givenKey(cartId), null).value !== null;
  if (used.value && (used.value.by !== by || isGiven)) return null;
  const dueInMs = Math.max(1, Math.ceil(once.untilMs - now));
  const use = used.value ?? { by: dueInMs <= GIVEN_MS ? by : null };
  return [{ ...putDocument<PermissionUse | null>(key, used, use), dueInMs }];
}
