import { DURATION_MS_MAX } from '../../domain/limits.ts';
import { type Call, invalid, ok, type Result } from '../../contract/call.ts';
import type { SessionBlockInput, SessionUnblockInput } from '../../contract/inputs.ts';
import type { SessionRevocation } from '../../contract/library-inputs.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Store } from '../../store/store.ts';
import type { Log } from '../../transact/log.ts';
import { DENIALS_KEY } from '../../transact/names.ts';
import type { Transactor } from '../../transact/transactor.ts';
import type { Read } from '../stock/stock-reader.ts';
import { DenialList } from './denial-list.ts';
import type { SessionService } from './session-api.ts';
import { changeDenials, type Denial, type DenialChange, keysFor } from './session-documents.ts';

const ATTEMPTS_MAX = 100;

export interface SessionParts {
  store: Store;
  read: Read;
  transactor: Transactor;
  settings: Settings;
  log: Log;
  now: () => number;
}

export function createSessionService(parts: SessionParts): SessionService {
  const list = new DenialList({ ...parts, isShared: parts.store.supports.multiProcess });
  /** The process that changed the denials knows the change before it answers. */
  const known = async <T>(change: Promise<Result<T>>): Promise<Result<T>> => {
    const result = await change;
    if (result.ok) await list.refresh();
    return result;
  };
  return {
    revoke: (input, call) => known(revoke(parts, input, call)),
    block: (input, call) => known(block(parts, input, call)),
    unblock: (input, call) => known(unblock(parts, input, call)),
    prepare: () => list.prepare(),
    isRevoked: ({ hash, customer, issuedAt, client: issuedTo }, client) =>
      !list.isEmpty &&
      (list.find('revoked', hash) !== null ||
        [customer, issuedTo, client].some((name) => name && isBefore(issuedAt, list.find('revoked', name)))),
    isBlocked: (hash, client) =>
      !list.isEmpty &&
      ((hash !== null && list.find('blocked', hash) !== null) ||
        (client !== undefined && list.find('blocked', client) !== null)),
  };
}

/** Whether a revocation concerns a session that was issued at `issuedAt`; null: it was not issued. */
const isBefore = (issuedAt: number | null, denial: Denial | null): boolean =>
  denial !== null && issuedAt !== null && issuedAt <= denial.at;

function revoke(parts: SessionParts, input: SessionRevocation, call: Call): Promise<Result<{ revoked: true }>> {
  const { session, customer, client, expiresAt } = input;
  const at = parts.now();
  const until = at + parts.settings.sessionTtlMs;
  const by = call.caller.principal;
  const changes = [
    ...named(session, (name) => ({ kind: 'revoked', name, at, until: expiresAt ?? until, by })),
    ...named(customer, (name) => ({ kind: 'revoked', name, at, until, by })),
    ...named(client, (name) => ({ kind: 'revoked', name, at, until, by })),
  ];
  return change(parts, 'session.revoke', { session, customer, client }, call, changes, () => ({ revoked: true }));
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
    return invalid('untilMs', 'takes a time in the future, at most 400 days away, in epoch milliseconds');
  }
  const denial = (name: string): Denial => ({ kind: 'blocked', name, at, until, by: call.caller.principal, reason });
  const changes = [...named(session, denial), ...named(client, denial)];
  return change(parts, 'sessions.block', input, call, changes, (reference) => ({
    blocked: true,
    until: Number(reference),
  }));
}

function unblock(parts: SessionParts, input: SessionUnblockInput, call: Call): Promise<Result<{ blocked: false }>> {
  const changes = [input.session, input.client].flatMap((name): DenialChange[] =>
    name === undefined ? [] : [{ kind: 'blocked', name, denial: null }],
  );
  return change(parts, 'sessions.unblock', input, call, changes, () => ({ blocked: false }));
}

/** Returns the change that makes a denial, if there is a name. */
function named(name: string | undefined, denialOf: (name: string) => Denial): DenialChange[] {
  if (name === undefined) return [];
  const denial = denialOf(name);
  return [{ kind: denial.kind, name, denial }];
}

/** Writes or deletes denials. The reference of the effect is the time until which a new one is in force. */
function change<T>(
  { transactor, now }: SessionParts,
  procedure: string,
  input: object,
  call: Call,
  changes: readonly DenialChange[],
  answer: (reference: string) => T,
): Promise<Result<T>> {
  return transactor.run<T>({
    procedure,
    lockKeys: DENIALS_KEY,
    input,
    call,
    reason: changes[0]?.denial?.reason,
    // All changes write one document, so another process may be first many times.
    attemptsMax: ATTEMPTS_MAX,
    reads: () => ({ documents: keysFor(changes) }),
    compose: (view) => {
      const steps = changeDenials(view, changes, now());
      if (!steps) return invalid('', 'is one too many: there is no room for more revoked and blocked sessions');
      return { steps, address: null, effectReference: String(changes[0]?.denial?.until ?? 0) };
    },
    answer: async ({ reference }) => ok(answer(reference ?? '')),
  });
}
