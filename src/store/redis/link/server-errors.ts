import { StoreError } from '../../store.ts';

/** The meaning of an error reply. In each case nothing of the call was applied. */
type ReplyVerdict =
  /** The scripts have to be loaded first. */
  | 'no_script'
  /** The shop has begun another epoch: the connection has to be reopened. */
  | 'other_epoch'
  /** The shop is on another node of a cluster, or is moving to one. The same call succeeds there, or a little later. */
  | 'moving'
  /** The server refuses every such call now. */
  | 'unavailable'
  /** The fault is in this call or in the records that it needs. Another call may succeed. */
  | 'call_failed';

const UNAVAILABLE: Record<string, string> = {
  OOM: 'Redis is out of memory (maxmemory) and refuses writes',
  READONLY: 'Redis is a read-only replica',
  LOADING: 'Redis is loading its data',
  BUSY: 'Redis is busy with another script',
  MASTERDOWN: 'Redis is a replica that has lost its master',
  MISCONF: 'Redis cannot persist its data and refuses writes',
  NOREPLICAS: 'Redis has too few replicas and refuses writes',
  UNBLOCKED: 'Redis has become a replica',
  CLUSTERDOWN: 'the Redis cluster is down',
  MOVED: 'the shop is on another node of the Redis cluster',
  ASK: 'the shop is moving to another node of the Redis cluster',
  TRYAGAIN: 'the shop is moving to another node of the Redis cluster',
  NOAUTH: 'Redis requires a password',
  WRONGPASS: 'Redis refuses the user name or password',
  NOPERM: 'this Redis user may not do what Holdfast needs',
  DENIED: 'Redis denies the connection',
  OTHERSHOP: 'the shop is not the one that was opened',
  OTHERFORMAT: 'another version of Holdfast has changed the format of the data: update this process to that version',
};

/** `TRYAGAIN` and `ASK` end with the slot's migration, `CLUSTERDOWN` with the election of a master. */
const MOVING = new Set(['MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN']);

const NO_SCRIPT = /^(ERR Function not found|NOSCRIPT )/;

/** Returns the word in capitals with which Redis begins an error, as in `OOM command not allowed ...`; '' for none. */
export function errorWord(message: string): string {
  return /^[A-Z]+/.exec(message)?.[0] ?? '';
}

export function judgeReply(error: Error): ReplyVerdict {
  const word = errorWord(error.message);
  if (NO_SCRIPT.test(error.message)) return 'no_script';
  if (word === 'OTHEREPOCH') return 'other_epoch';
  if (MOVING.has(word)) return 'moving';
  if (word in UNAVAILABLE || /max number of clients/.test(error.message)) return 'unavailable';
  return 'call_failed';
}

/** Returns the problem for operators, with the message of Redis. */
export function describeFault(error: Error): string {
  const words = UNAVAILABLE[errorWord(error.message)];
  return words === undefined ? error.message : `${words} (${error.message})`;
}

/** Returns the problem without any text of Redis or the system, so that it may leave the process. */
export function problemOf(error: Error | null): string {
  if (error instanceof StoreError && error.problem !== undefined) return error.problem;
  return (error && UNAVAILABLE[errorWord(error.message)]) ?? 'Redis does not answer, or cannot be reached';
}

export function unavailable(error: Error): StoreError {
  return new StoreError('unavailable', describeFault(error), { cause: error, problem: problemOf(error) });
}

/**
 * The errors of a server that is no longer a master for this shop. A new connection may lead to another server, and is
 * checked before it serves.
 */
const WRONG_SERVER = new Set(['READONLY', 'MASTERDOWN', 'LOADING', 'CLUSTERDOWN', 'MOVED', 'UNBLOCKED']);

export function isWrongServer(error: Error): boolean {
  return WRONG_SERVER.has(errorWord(error.message));
}

/** An error reply without its command, which ioredis attaches: logs must not contain a batch or a password. */
export class ServerRefusal extends Error {
  override readonly name = 'ServerRefusal';
}

export function withoutCommand(error: Error): Error {
  return isReplyError(error) ? new ServerRefusal(error.message) : error;
}

export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}
