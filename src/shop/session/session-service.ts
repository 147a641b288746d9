import { DURATION_MS_MAX } from '../../domain/limits.ts';
import type { Step } from '../../domain/steps.ts';
import { type Call, invalid, ok, type Result } from '../../contract/calls/call.ts';
import type { SessionBlockInput, SessionUnblockInput } from '../../contract/inputs/inputs.ts';
import type { SessionRevocation } from '../../contract/inputs/library-inputs.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Store } from '../../store/store.ts';
import { type EventDetails, eventStep } from '../event/event-document.ts';
import type { Log } from '../../transact/log.ts';
import { DENIALS_KEY } from '../../transact/documents/names.ts';
import type { Ids } from '../../transact/documents/ids.ts';
import type { PollClock } from '../../transact/polled-read.ts';
import type { BegunCall } from '../../transact/begun-call.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import { DenialList } from './denial-list.ts';
import type { SessionService } from './session-api.ts';
import { listBlocks } from './session-blocks.ts';
import {
  changeDenials,
  type Denial,
  type DenialChange,
  denialsReplaced,
  keysFor,
  shownBlock,
} from './session-documents.ts';

const ATTEMPTS_MAX = 100;

export interface SessionParts {
  store: Store;
  read: Read;
  transactor: Transactor;
  settings: Settings;
  log: Log;
  now: () => number;
  ids: Ids;
  runtime: PollClock;
}

export function createSessionService(parts: SessionParts): SessionService {
  const list = new DenialList({ ...parts, isShared: parts.store.supports.multiProcess });
  /** A change of the denials is in force in this process before the answer. */
  const { waits } = parts.transactor;
  const known = async <T>(call: Call, change: (begun: BegunCall) => Promise<Result<T>>): Promise<Result<T>> => {
    const begun = waits.begun(call);
    const result = await change(begun);
    if (result.ok) await waits.after(begun, list.poll.refresh());
    return result;
  };
  return {
    revoke: (input, call) => known(call, (begun) => revoke(parts, input, begun)),
    block: (input, call) => known(call, (begun) => block(parts, input, begun)),
    unblock: (input, call) => known(call, (begun) => unblock(parts, input, begun)),
    blocks: (input) => listBlocks(parts, input),
    prepare: () => list.poll.prepare(),
    onDenials: (listener) => list.listen(listener),
    isRevoked: ({ hash, customer, issuedAt, client: issuedTo }, client) =>
      !list.isEmpty &&
      (list.find('revoked', hash) !== null ||
        [customer, issuedTo, client].some((name) => name && isIssuedBefore(issuedAt, list.find('revoked', name)))),
    isBlocked: (hash, client) =>
      !list.isEmpty &&
      ((hash !== null && list.find('blocked', hash) !== null) ||
        (client !== undefined && list.find('blocked', client) !== null)),
  };
}

/** Whether a revocation concerns a session that was issued at `issuedAt`; null: it was not issued. */
const isIssuedBefore = (issuedAt: number | null, denial: Denial | null): boolean =>
  denial !== null && issuedAt !== null && issuedAt <= denial.at;

function revoke(parts: SessionParts, input: SessionRevocation, call: Call): Promise<Result<{ revoked: true }>> {
  const { session, customer, client, expiresAt, reason } = input;
  const at = parts.now();
  const until = at + parts.settings.sessionTtlMs;
  const by = call.caller.principal;
  const changes = [
    ...named(session, (name) => ({ kind: 'revoked', name, at, until: expiresAt ?? until, by })),
    ...named(customer, (name) => ({ kind: 'revoked', name, at, until, by })),
    ...named(client, (name) => ({ kind: 'revoked', name, at, until, by })),
  ];
  const names = { session, customer, client };
  const event = () => ({ after: names, reason });
  return change(parts, { procedure: 'session.revoke', input: names, call, changes, event }, () => ({ revoked: true }));
}

async function block(
  parts: SessionParts,
  input: SessionBlockInput,
  call: Call,
): Promise<Result<{ blocked: true; until: number }>> {
  const { session, client, reason, untilMs } = input;
  const at = parts.now();
  const until = untilMs ?? at + DURATION_MS_MAX;
  if (until <= at || until > at + DURATION_MS_MAX) {
    return invalid('untilMs', 'must be a time in the future, at most 400 days away, in epoch milliseconds');
  }
  const denial = (name: string): Denial => ({ kind: 'blocked', name, at, until, by: call.caller.principal, reason });
  const changes = [...named(session, denial), ...named(client, denial)];
  const event: DenialsCall['event'] = (...blocks) => ({ ...changedBlocks(...blocks), reason });
  return change(parts, { procedure: 'sessions.block', input, call, changes, event }, (reference) => ({
    blocked: true,
    until: Number(reference),
  }));
}

function unblock(parts: SessionParts, input: SessionUnblockInput, call: Call): Promise<Result<{ blocked: false }>> {
  const changes = [input.session, input.client].flatMap((name): DenialChange[] =>
    name === undefined ? [] : [{ kind: 'blocked', name, denial: null }],
  );
  const event: DenialsCall['event'] = (...blocks) => ({ ...changedBlocks(...blocks), reason: input.reason });
  const unblocking = { procedure: 'sessions.unblock', input, call, changes, event };
  return change(parts, unblocking, () => ({ blocked: false }));
}

/** Returns the change that creates a denial, if there is a name. */
function named(name: string | undefined, denialOf: (name: string) => Denial): DenialChange[] {
  if (name === undefined) return [];
  const denial = denialOf(name);
  return [{ kind: denial.kind, name, denial }];
}

interface DenialsCall {
  procedure: string;
  input: object;
  call: Call;
  changes: readonly DenialChange[];
  /** Returns the fields of the previous and the new denials that `admin.events` shows. */
  event: (before: readonly Denial[], after: readonly Denial[]) => Omit<EventDetails, 'what'>;
}

const changedBlocks: DenialsCall['event'] = (before, after) => ({ before: blocksOf(before), after: blocksOf(after) });

const blocksOf = (denials: readonly Denial[]) =>
  denials.length === 0 ? undefined : { blocks: denials.map(eventBlock) };

/** Returns the fields of a denial for an event, without the time and the caller, which the event itself has. */
function eventBlock(denial: Denial) {
  const { at: _, by: __, ...block } = shownBlock(denial);
  return block;
}

/** Writes or deletes denials. The reference of the effect is the time until which a new one is in force. */
function change<T>(
  { transactor, settings, now, ids }: SessionParts,
  { procedure, input, call, changes, event }: DenialsCall,
  answer: (reference: string) => T,
): Promise<Result<T>> {
  const made = changes.flatMap(({ denial }) => denial ?? []);
  return transactor.run<T>({
    procedure,
    lockKeys: DENIALS_KEY,
    input,
    call,
    reason: made[0]?.reason,
    // All changes write one document, so another process may be first many times.
    attemptsMax: ATTEMPTS_MAX,
    reads: () => ({ documents: keysFor(changes) }),
    compose: (view) => {
      const replaced = denialsReplaced(view, changes, now());
      if (made.length + replaced.length === 0) return { unchanged: answer(''), noopStep: NOTHING_CHANGES };
      const steps = changeDenials(view, changes, now());
      if (!steps) return invalid('', 'is one too many: there is no room for more revoked and blocked sessions');
      const recorded = eventStep({ settings, ids }, call, { what: procedure, ...event(replaced, made) });
      return { steps: [...steps, recorded], address: null, effectReference: String(made[0]?.until ?? 0) };
    },
    answer: async ({ reference }) => ok(answer(reference ?? '')),
  });
}

const NOTHING_CHANGES: Step = { kind: 'put', key: DENIALS_KEY, expect: 'any' };
