import type { Caller, Result } from '../../contract/call.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { documentIn, putDocument } from '../../transact/json-document.ts';
import { admissionKey } from '../../transact/names.ts';

/** A session requests its first units of a SKU that may be protected. */
export interface AdmissionRequest {
  sku: string;
  caller: Caller;
  /** The token of the call, if it has one. */
  token: string | undefined;
}

/** The permission of a session to reserve a protected SKU. */
export interface Admission {
  /** A permission with a name admits one session. Other sessions that show it before `untilMs` are refused. */
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

/** The record that a permission was used, and by which session. */
interface Use {
  by: string;
}

/** Returns the keys of the documents that `admissionSteps` needs. */
export const admissionReads = (admission: Admission | null): string[] =>
  admission?.once ? [admissionKey(admission.once.name)] : [];

/**
 * Returns the steps that record the use of a permission. They are refused with `conflict` if another call has recorded
 * one since the snapshot. Returns null if the permission belongs to another session. Throws `ServiceFailure` for a
 * record that cannot be read.
 */
export function admissionSteps(
  { once }: Admission,
  { by, view, now }: { by: string; view: Snapshot; now: number },
): Step[] | null {
  if (!once) return [];
  const key = admissionKey(once.name);
  const used = documentIn<Use | null>(view, key, null);
  if (used.value) return used.value.by === by ? [] : null;
  const dueInMs = Math.max(1, Math.ceil(once.untilMs - now));
  return [{ ...putDocument<Use | null>(key, used, { by }), dueInMs }];
}
