import { StoreError } from '../../store.ts';
import type { Argument } from './redis-link.ts';

export type Durability = 'none' | 'relaxed' | 'local' | 'replicated';

export interface ServerFacts {
  product: 'Redis' | 'Valkey';
  version: string;
  /** Settings by name. A setting that may not be read is absent. */
  settings: ReadonlyMap<string, string>;
  info: ReadonlyMap<string, string>;
}

/** How a batch waits for replicas at `replicated`. */
export interface WaitPolicy {
  /** How many replicas have to confirm it. */
  replicas: number;
  /** Whether they have to flush it; known before a connection serves. See `waitsForFlush`. */
  isFlushed: boolean;
}

interface Judgement {
  /** Each names a setting and the value that Holdfast requires. */
  problems: string[];
  /** The requirements that could not be checked, and risky settings. */
  warnings: string[];
}

/** Thrown where a retry does not help: an operator has to change the server or the configuration. */
export class RequirementError extends StoreError {
  constructor(message: string) {
    super('unavailable', message, { problem: message });
  }
}

const MINIMUM = { Redis: [7, 0], Valkey: [7, 2] } as const;
const SENTINEL = 'the server is a sentinel: its URL is redis+sentinel://HOST[:PORT],HOST[:PORT].../MASTER';
const CHECKED_SETTINGS = [
  'maxmemory-policy',
  'appendonly',
  'appendfsync',
  'no-appendfsync-on-rewrite',
  'min-replicas-to-write',
  'min-replicas-max-lag',
] as const;

/** Sends a command. Bulk strings of its reply may be buffers. */
export type SendCommand = (command: string, args: readonly Argument[]) => Promise<unknown>;

/** Reads `INFO`. Returns an empty map where it is denied. */
export async function readInfo(send: SendCommand): Promise<ReadonlyMap<string, string>> {
  return parseInfo(String((await unlessDenied(send('INFO', []))) ?? ''));
}

/** Reads the server's version and settings. `CONFIG` and `INFO` may be denied: then `judgeServer` returns warnings. */
export async function readServerFacts(send: SendCommand): Promise<ServerFacts> {
  const info = await readInfo(send);
  const settings = new Map<string, string>();
  for (const name of CHECKED_SETTINGS) {
    const found = (await unlessDenied(send('CONFIG', ['GET', name]))) as unknown[] | null;
    if (found?.[1] !== undefined) settings.set(name, String(found[1]));
  }
  const valkey = info.get('valkey_version');
  const version = valkey ?? info.get('redis_version') ?? '';
  return { product: valkey === undefined ? 'Redis' : 'Valkey', version, settings, info };
}

/**
 * Returns an id of the server's present run, in which it has certainly not lost acknowledged writes. It changes with a
 * restart and with the promotion of a replica. '' where INFO is denied.
 */
export function serverRun({ info }: Pick<ServerFacts, 'info'>): string {
  const [run, history] = [info.get('run_id'), info.get('master_replid')];
  return run === undefined ? '' : `${run}:${history ?? ''}`;
}

/**
 * Returns the history of the master whose replica the server was until its promotion; '' where it was not a replica.
 */
export const formerHistory = ({ info }: ServerFacts): string => {
  const id = info.get('master_replid2') ?? '';
  return /^0*$/.test(id) ? '' : id;
};

/** Returns why the server cannot serve the shop at the moment, or null. It may be able to later. */
export function judgeMoment({ info }: ServerFacts): string | null {
  if (info.get('loading') === '1') return 'Redis is loading its data';
  if (info.get('role') === 'slave') return 'Redis is a replica: only its master serves the shop';
  return null;
}

/**
 * Checks the version and the settings, which only an operator can change. `wait` is given at `replicated`, and null
 * otherwise.
 */
export function judgeServer(facts: ServerFacts, durability: Durability, wait: WaitPolicy | null = null): Judgement {
  const judgement: Judgement = { problems: [], warnings: [] };
  if (facts.info.get('redis_mode') === 'sentinel') return { problems: [SENTINEL], warnings: [] };
  judgeVersion(facts, judgement);
  judgePolicy(facts, judgement);
  judgeDurability(facts, durability, judgement);
  if (durability === 'local') judgeReplicas(facts, judgement);
  if (wait) judgeWaiting(facts, wait, judgement);
  return judgement;
}

function judgeVersion({ product, version }: ServerFacts, { problems, warnings }: Judgement): void {
  const [major, minor] = version.split('.').map(Number);
  if (major === undefined || minor === undefined || Number.isNaN(major + minor)) {
    warnings.push('INFO is denied, so the version is unchecked: Holdfast requires Redis 7.0 or Valkey 7.2 or later');
    return;
  }
  const [needMajor, needMinor] = MINIMUM[product];
  if (major < needMajor || (major === needMajor && minor < needMinor)) {
    problems.push(`${product} ${version} is too old: Holdfast requires Redis 7.0 or later, or Valkey 7.2 or later`);
  }
}

function judgePolicy({ settings, info }: ServerFacts, { problems, warnings }: Judgement): void {
  const policy = settings.get('maxmemory-policy') ?? info.get('maxmemory_policy');
  if (policy === undefined) {
    warnings.push('maxmemory-policy is unchecked, because CONFIG and INFO are denied: it must be noeviction');
  } else if (policy !== 'noeviction') {
    problems.push(`maxmemory-policy is ${policy}: it must be noeviction, or Redis evicts stock when memory is short`);
  }
}

function judgeDurability(facts: ServerFacts, durability: Durability, { problems, warnings }: Judgement): void {
  if (durability === 'none') return;
  const appendOnly = facts.settings.get('appendonly') ?? facts.info.get('aof_enabled');
  const fsync = facts.settings.get('appendfsync');
  const needs = durability === 'local' ? ['always'] : ['everysec', 'always'];
  const required = `DURABILITY=${durability} requires appendonly yes with appendfsync ${needs.join(' or ')}`;
  if (appendOnly === 'no' || appendOnly === '0') {
    problems.push(`appendonly is no: ${required}; DURABILITY=none accepts a Redis without persistence`);
    return;
  }
  if (appendOnly === undefined)
    warnings.push(`appendonly is unchecked, because CONFIG and INFO are denied: ${required}`);
  if (fsync === undefined) warnings.push(`appendfsync is unchecked, because CONFIG is denied: ${required}`);
  else if (!needs.includes(fsync)) problems.push(`appendfsync is ${fsync}: ${required}`);
  if (durability === 'local' && facts.settings.get('no-appendfsync-on-rewrite') === 'yes') {
    const why = 'or nothing is flushed while the AOF is rewritten';
    problems.push(`no-appendfsync-on-rewrite is yes: DURABILITY=local requires no, ${why}`);
  }
}

/** A master that is cut off keeps accepting writes, and loses them when a replica has been promoted in its place. */
function judgeReplicas({ settings, info }: ServerFacts, { warnings }: Judgement): void {
  const replicas = Number(info.get('connected_slaves') ?? 0);
  if (replicas === 0 || settings.get('min-replicas-to-write') !== '0') return;
  warnings.push(
    `Redis has ${replicas} replicas and min-replicas-to-write is 0: two masters after a split would both sell, and a ` +
      'failover loses the writes that the replica did not have. Set min-replicas-to-write to 1 or more and ' +
      'min-replicas-max-lag to a few seconds',
  );
}

/**
 * Returns whether a batch waits until replicas have flushed it (`WAITAOF`), and not only until they have it (`WAIT`):
 * the server flushes each write itself, and knows the command. Its replicas need the same settings.
 */
export function waitsForFlush({ product, version, settings }: ServerFacts): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isKnown = product === 'Valkey' || major > 7 || (major === 7 && minor >= 2);
  return isKnown && settings.get('appendfsync') === 'always';
}

/** Without enough replicas the server has to refuse a batch, because nobody could be answered after it was applied. */
function judgeWaiting(
  { settings, info }: ServerFacts,
  { replicas }: WaitPolicy,
  { problems, warnings }: Judgement,
): void {
  const [needed, lag] = ['min-replicas-to-write', 'min-replicas-max-lag'].map((name) => settings.get(name));
  const required =
    `DURABILITY=replicated with REDIS_WAIT_REPLICAS=${replicas} requires min-replicas-to-write ${replicas} or more, and ` +
    'min-replicas-max-lag of a few seconds';
  if (needed === undefined || lag === undefined) {
    warnings.push(`min-replicas-to-write is unchecked, because CONFIG is denied: ${required}`);
  } else if (Number(needed) < replicas) problems.push(`min-replicas-to-write is ${needed}: ${required}`);
  else if (lag === '0') problems.push(`min-replicas-max-lag is 0, which turns min-replicas-to-write off: ${required}`);
  const connected = Number(info.get('connected_slaves') ?? 0);
  if (connected <= replicas) return;
  warnings.push(
    `Redis has ${connected} replicas and REDIS_WAIT_REPLICAS is ${replicas}: a failover to a replica that was not ` +
      `waited for loses acknowledged writes. Set REDIS_WAIT_REPLICAS to ${connected}`,
  );
}

function parseInfo(text: string): Map<string, string> {
  const info = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) info.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return info;
}

/** Managed services deny commands (NOPERM) or remove them (unknown command). */
async function unlessDenied<T>(reply: Promise<T>): Promise<T | null> {
  try {
    return await reply;
  } catch (error) {
    if (/^NOPERM|^ERR unknown (sub)?command/.test((error as Error).message)) return null;
    throw error;
  }
}
