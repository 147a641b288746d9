import { StoreError } from '../../store.ts';

/** What an error reply says of the call that got it. In each case nothing of the call was applied. */
export type ReplyVerdict =
  /** The library of scripts has to be loaded first. */
  | 'no_function'
  /** The shop has begun another epoch: the connection has to be opened anew. */
  | 'other_epoch'
  /** The server takes no such call now; another call would fare the same. */
  | 'unavailable'
  /** This call is at fault, or what it touches; another one may fare better. */
  | 'call_failed';

const UNAVAILABLE: Record<string, string> = {
  OOM: 'Redis is out of memory (maxmemory) and takes no writes',
  READONLY: 'Redis is a read-only replica',
  LOADING: 'Redis is loading its data',
  BUSY: 'Redis is busy with another script',
  MASTERDOWN: 'Redis is a replica that has lost its master',
  MISCONF: 'Redis cannot persist its data and takes no writes',
  NOREPLICAS: 'Redis has too few replicas and takes no writes',
  CLUSTERDOWN: 'the Redis cluster is down',
  MOVED: 'the shop lives on another node of the Redis cluster',
  ASK: 'the shop is moving to another node of the Redis cluster',
  TRYAGAIN: 'the shop is moving to another node of the Redis cluster',
  NOAUTH: 'Redis asks for a password',
  WRONGPASS: 'Redis refuses the user name or password',
  NOPERM: 'this Redis user may not do what Holdfast needs',
  DENIED: 'Redis denies the connection',
  OTHERSHOP: 'the shop is not the one that was opened',
  OTHERFORMAT: 'another version of Holdfast has changed the format of the data: update this one',
};

const NO_FUNCTION = 'ERR Function not found';

/** Redis puts a word in capitals first: `OOM command not allowed ...`. */
export function errorWord(message: string): string {
  return /^[A-Z]+/.exec(message)?.[0] ?? '';
}

export function judgeReply(error: Error): ReplyVerdict {
  const word = errorWord(error.message);
  if (error.message.startsWith(NO_FUNCTION)) return 'no_function';
  if (word === 'OTHEREPOCH') return 'other_epoch';
  if (word in UNAVAILABLE || /max number of clients/.test(error.message)) return 'unavailable';
  return 'call_failed';
}

/** For operators: what is wrong in words, then what Redis said. */
export function describeFault(error: Error): string {
  const words = UNAVAILABLE[errorWord(error.message)];
  return words === undefined ? error.message : `${words} (${error.message})`;
}

/** What is wrong, in words that may leave the process: nothing of what Redis or the system said. */
export function problemOf(error: Error | null): string {
  if (error instanceof StoreError && error.problem !== undefined) return error.problem;
  return (error && UNAVAILABLE[errorWord(error.message)]) ?? 'Redis does not answer, or cannot be reached';
}

export function unavailable(error: Error): StoreError {
  return new StoreError('unavailable', describeFault(error), { cause: error, problem: problemOf(error) });
}

/**
 * What a server says that was a fit master of this shop when the connection was made, and is not any more. A new
 * connection may lead to another server, and is judged before it serves.
 */
const WRONG_SERVER = new Set(['READONLY', 'MASTERDOWN', 'LOADING', 'CLUSTERDOWN', 'MOVED']);

export function isWrongServer(error: Error): boolean {
  return WRONG_SERVER.has(errorWord(error.message));
}

/** An error reply. ioredis attaches the command to its own, and that carries a batch, or a password, into the logs. */
export class ServerRefusal extends Error {
  override readonly name = 'ServerRefusal';
}

export function withoutCommand(error: Error): Error {
  return isReplyError(error) ? new ServerRefusal(error.message) : error;
}

export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}
