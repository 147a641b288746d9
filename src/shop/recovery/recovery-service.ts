import { ok, type Result, refuse } from '../../contract/calls/call.ts';
import type {
  AcceptedLoss,
  LossReport,
  RefusedWrite,
  ReplayReport,
  UnknownWrites,
} from '../../contract/outputs/recovery-outputs.ts';
import type {
  KnownLoss,
  KnownWrite,
  LossRecovery,
  LossReplay,
  LostWrites,
  SequenceRange,
} from '../../store/loss-recovery.ts';
import type { Log } from '../../transact/log.ts';
import { lostWrite, namedDocument } from './lost-write.ts';
import { movedPositions } from './moved-positions.ts';

/** The most writes in an answer. The log has all writes that were not restored. */
const WRITES_MAX = 1_000;
/** The most writes that one event names. It always has the numbers of all. */
const NAMED_WRITES_MAX = 20;

interface RecoveryParts {
  store: LossRecovery;
  log: Log;
}

/** Returns the loss that freezes the shop, as far as the processes know it. Throws `StoreError`. */
export async function reportLoss({ store }: Pick<RecoveryParts, 'store'>): Promise<Result<LossReport>> {
  const known = await store.knownLoss();
  if (!known) return ok({ loss: null, known: 0, writes: [], unknown: [] });
  const { loss, writes } = known;
  const shown = writes.slice(0, WRITES_MAX).map(lostWrite);
  return ok({ loss: shownLoss(loss), known: writes.length, writes: shown, unknown: unknownWrites(known) });
}

/**
 * Accepts a loss. With `replay`, it first applies the known writes again, and refuses if none is known. Throws
 * `StoreError`.
 */
export async function recoverStore(
  parts: RecoveryParts,
  { acceptSequence, replay = false }: { acceptSequence: number; replay?: boolean },
): Promise<Result<AcceptedLoss>> {
  if (replay) return replayLoss(parts, acceptSequence);
  const acceptance = await parts.store.acceptLoss(acceptSequence);
  if (acceptance.accepted) return ok(shownLoss(acceptance.accepted));
  return refuse({ reason: 'recovery_mismatch', meta: { acceptable: acceptance.acceptable } });
}

/** Returns an accepted loss for an event, with the first few of the writes that were not restored. */
export function recordedLoss({ replay, ...loss }: AcceptedLoss): object {
  if (!replay) return loss;
  const { refusals, unknown } = replay;
  return {
    ...loss,
    replay: { ...replay, refusals: refusals.slice(0, NAMED_WRITES_MAX), unknown: unknown.slice(0, NAMED_WRITES_MAX) },
  };
}

async function replayLoss({ store, log }: RecoveryParts, kept: number): Promise<Result<AcceptedLoss>> {
  const known = await store.knownLoss();
  // A replay also accepts the loss. An operator who expects restored writes has to accept their loss explicitly.
  if (known?.loss.kept === kept && isAllUnknown(known)) {
    return refuse({ reason: 'recovery_mismatch', meta: { acceptable: kept } });
  }
  const result = await store.replayLoss(kept, movedPositions);
  if (!('replayed' in result)) {
    return refuse({ reason: 'recovery_mismatch', meta: { acceptable: result.acceptable } });
  }
  const refused = refusedWrites(result.replayed);
  const replay: ReplayReport = {
    restored: result.replayed.outcomes.length - refused.length,
    refused: refused.length,
    refusals: refused.slice(0, WRITES_MAX),
    unknown: unknownWrites(result.replayed),
  };
  logReplay(log, refused, replay);
  return ok({ ...shownLoss(result.replayed.loss), replay });
}

/** Returns whether writes are lost and none of them is known. A loss of only ended holds has no writes to restore. */
const isAllUnknown = ({ writes, unknown }: KnownLoss): boolean => writes.length === 0 && unknown.length > 0;

function logReplay(log: Log, refused: readonly RefusedWrite[], { restored, unknown }: ReplayReport): void {
  for (const { what, ...fields } of refused) log.warn(fields, `a lost write was not restored: ${what}`);
  for (const range of unknown) log.warn(range, 'lost writes that no process knows were not restored');
  log.info({ restored, refused: refused.length, unknown: unknown.length }, 'the known lost writes were applied again');
}

function refusedWrites({ outcomes }: LossReplay): RefusedWrite[] {
  return outcomes.flatMap(({ outcome, ...write }) => {
    if (outcome.status === 'restored') return [];
    const { refusal, needs } = outcome;
    return { ...lostWrite(write), reason: refusal.reason, ...(needs === null ? {} : { needs }) };
  });
}

/** Returns the public fields of a loss. A stored loss has more. */
const shownLoss = ({ kept, first, last, count, since, until }: LostWrites): AcceptedLoss => ({
  kept,
  first,
  last,
  count,
  since,
  until,
});

const unknownWrites = ({ loss, writes, unknown }: Pick<KnownLoss, 'loss' | 'writes' | 'unknown'>): UnknownWrites[] =>
  unknown.map((range) => ({
    ...range,
    since: writes.findLast(({ sequence }) => sequence < range.first)?.at ?? loss.since,
    until: writes.find(({ sequence }) => sequence > range.last)?.at ?? loss.until,
    changed: [...new Set(writes.flatMap((write) => changedIn(write, range)))],
  }));

/** Returns the documents whose version a write expected to be that of a lost write in the range. */
function changedIn({ transaction }: KnownWrite, { first, last }: SequenceRange): string[] {
  return transaction.steps.flatMap((step) => {
    const expect = 'key' in step ? step.expect : null;
    if (!('key' in step) || typeof expect !== 'number' || expect < first || expect > last) return [];
    return namedDocument(step.key);
  });
}
