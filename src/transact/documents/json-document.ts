import type { PutStep } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { assertReadable, ServiceFailure } from '../../contract/calls/call.ts';

/** A parsed document of a snapshot. `version` is the version that a change has to expect. */
export interface StoredDocument<T> {
  value: T;
  version: number | 'absent';
}

/**
 * Returns the JSON document `key` of a snapshot, or `nothing` if the shop does not have it. Throws `ServiceFailure` for
 * a document that cannot be read.
 */
export function documentIn<T>(view: Snapshot, key: string, nothing: T): StoredDocument<T> {
  assertReadable(view, `document:${key}`);
  const found = view.documents.find((document) => document?.record.key === key);
  if (!found) return { value: nothing, version: 'absent' };
  try {
    return { value: JSON.parse(found.record.body) as T, version: found.record.version };
  } catch (error) {
    throw new ServiceFailure(`the document ${key} cannot be read`, { cause: error });
  }
}

/** Returns the step that writes a document. Refused `conflict` if it has changed since it was read. */
export const putDocument = <T>(key: string, { version }: StoredDocument<T>, value: T): PutStep => ({
  kind: 'put',
  key,
  expect: version,
  body: JSON.stringify(value),
});
