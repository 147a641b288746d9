import type { DocumentRecord } from '../../../domain/records.ts';
import type { Step } from '../../../domain/steps.ts';
import { ok, type Result } from '../../../contract/calls/call.ts';
import { type EventParts, eventStep } from '../../event/event-document.ts';
import type { BegunCall } from '../../../transact/begun-call.ts';
import type { Transactor } from '../../../transact/transactor.ts';
import { type Decision, UNSENT_STEP } from '../../../transact/mutation.ts';

/** The most documents of one transaction. Each may have the holds of 100 lines. */
const DOCUMENTS_MAX = 50;

interface DocumentsCall {
  procedure: string;
  keys: readonly string[];
  call: BegunCall;
  /** The details of the change that `admin.events` shows, besides the number of documents. */
  after: Record<string, unknown>;
  reason: string | undefined;
}

/**
 * Changes documents, some in each transaction. `compose` returns the steps for one document from a fresh record, or
 * none. Resolves with the number of documents that were changed. A repeated call repeats no change, because `compose`
 * sees the result of the first. Each transaction records an event.
 */
export async function changeDocuments(
  parts: EventParts & { transactor: Transactor },
  { procedure, keys, call: { caller, beganMs }, after, reason }: DocumentsCall,
  compose: (record: DocumentRecord) => readonly Step[],
): Promise<Result<number>> {
  let count = 0;
  for (let first = 0; first < keys.length; first += DOCUMENTS_MAX) {
    const some = keys.slice(first, first + DOCUMENTS_MAX);
    const changed = await parts.transactor.run<number>({
      procedure,
      input: { keys: some },
      call: { caller, ...(beganMs === undefined ? {} : { beganMs }) },
      reads: () => ({ documents: some }),
      compose: ({ documents }): Decision<number> => {
        const changes = documents
          .map((found) => (found ? compose(found.record) : []))
          .filter(({ length }) => length > 0);
        if (changes.length === 0) return { unchanged: 0, noopStep: UNSENT_STEP };
        const details = { what: procedure, after: { ...after, count: changes.length }, reason };
        const event = eventStep(parts, { caller }, details);
        return { steps: [...changes.flat(), event], address: null, answerFromCommit: () => changes.length };
      },
      answer: () => Promise.resolve(ok(some.length)),
    });
    if (!changed.ok) return changed;
    count += changed.value;
  }
  return ok(count);
}
