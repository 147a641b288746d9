import type { MovementId } from '../../domain/records.ts';
import type { Step } from '../../domain/steps.ts';
import type { Store } from '../../store/store.ts';
import { ServiceFailure, systemCaller, type Result } from '../../contract/calls/call.ts';
import type { Log } from '../../transact/log.ts';
import { compareMovements } from '../../domain/movement-ids.ts';
import { cursorKey } from '../../transact/documents/names.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import type { Transactor } from '../../transact/transactor.ts';
import { AuditRun } from './audit-run.ts';
import { CHECKPOINT, type Checkpoint, headBody, checkpointHead, checkpointPartKey } from './checkpoint.ts';

/** The ledger is trimmed when it exceeds the retention by this fraction, so that trims are rare. */
const SLACK = 0.1;

interface LedgerRetentionParts {
  store: Pick<Store, 'feed' | 'scan' | 'trimLedger' | 'checkIndexes' | 'checkCounts' | 'heldCounts'>;
  read: Read;
  transactor: Transactor;
  /** Entries that are younger than this are kept. */
  retentionMs: number;
  /** Functions that resolve with the position of a reader of the ledger; null if it needs no entries. */
  followers: readonly (() => Promise<MovementId | null>)[];
  log: Log;
}

/**
 * Trims the ledger. Resolves with whether entries were folded into a new checkpoint and trimmed. Rejects as the store
 * does.
 *
 * Old entries are folded into a checkpoint first, and later audits start from it. Entries that a cursor has not read
 * are not trimmed.
 *
 * Violations do not prevent a trim: a record that differs from the fold also differs from the checkpoint, and the
 * checkpoint contains the violations of the entries, so that every later audit reports both. Only an unreadable
 * checkpoint prevents a trim, because the fold would start without it.
 *
 * Any process may trim, and may be interrupted anywhere: the head always names a complete checkpoint, and the ledger
 * reaches back to it.
 */
export async function trimLedger(parts: LedgerRetentionParts): Promise<boolean> {
  const { store, read, retentionMs, log } = parts;
  const view = await read({ documents: [CHECKPOINT, cursorKey('expiry')] });
  const horizon = view.at - retentionMs;
  const head = checkpointHead(view);
  const [oldest] = await store.feed({ after: head?.through ?? null, limit: 1 });
  if (head) await store.trimLedger(head.through);
  if (!oldest || oldest.at >= horizon - retentionMs * SLACK) return false;
  const { audit, checkpoint } = await new AuditRun(parts, horizon).run();
  if (!audit.ok) {
    log.error({ violations: audit.violations }, 'the audit found violations; the checkpoint of the ledger keeps them');
  }
  const followed = view.documents[1]?.record.body ?? null;
  if (!checkpoint || followed === null || compareMovements(followed, checkpoint.through) < 0) return false;
  if (!(await isFollowed(parts, checkpoint.through))) return false;
  return replaceCheckpoint(parts, checkpoint, head);
}

async function isFollowed({ followers }: LedgerRetentionParts, through: MovementId): Promise<boolean> {
  const reached = await Promise.all(followers.map((follower) => follower()));
  return reached.every((id) => id === null || compareMovements(id, through) >= 0);
}

async function replaceCheckpoint(
  retention: LedgerRetentionParts,
  checkpoint: Checkpoint,
  old: { through: MovementId; parts: number; version: number } | null,
): Promise<boolean> {
  const { through, parts } = checkpoint;
  for (const [part, body] of parts.entries()) {
    demandApplied(
      await applySteps(retention, [{ kind: 'put', key: checkpointPartKey(through, part), expect: 'any', body }]),
    );
  }
  const head: Step = { kind: 'put', key: CHECKPOINT, expect: old?.version ?? 'absent', body: headBody(checkpoint) };
  const replaced = await applySteps(retention, [head]);
  if (!replaced.ok) {
    // Another process was first. If its checkpoint ends at the same entry, its parts are the same documents.
    const winner = checkpointHead(await retention.read({ documents: [CHECKPOINT] }));
    if (winner?.through !== through) await dropParts(retention, through, parts.length);
    return false;
  }
  await retention.store.trimLedger(through);
  if (old) await dropParts(retention, old.through, old.parts);
  return true;
}

async function dropParts(retention: LedgerRetentionParts, through: MovementId, parts: number): Promise<void> {
  for (let part = 0; part < parts; part += 1) {
    await applySteps(retention, [{ kind: 'drop', key: checkpointPartKey(through, part), expect: 'any' }]);
  }
}

function applySteps({ transactor }: LedgerRetentionParts, steps: Step[]): Promise<Result<boolean>> {
  return transactor.run({
    procedure: 'housekeeping',
    input: {},
    call: { caller: systemCaller('housekeeping') },
    reads: null,
    compose: () => ({ steps, address: null, answerFromCommit: () => true }),
    answer: () => Promise.resolve({ ok: true, value: true }),
  });
}

function demandApplied(result: Result<boolean>): void {
  if (!result.ok) throw new ServiceFailure(`a checkpoint was refused: ${result.refusal.reason}`);
}
