import type { Redis } from 'ioredis';
import { shopKey } from './link/redis-keys.ts';
import { RequirementError, type WaitPolicy } from './link/requirements.ts';
import { errorWord } from './link/server-errors.ts';
import type { ScriptMode } from './scripts/script-calls.ts';

/**
 * One valid call of every command that Holdfast, its functions or redlock's scripts use. `$name` is a key of the shop,
 * `%` the database. Redis also checks the user's permissions for commands in scripts. `INFO`, `CONFIG GET`, `CONFIG
 * SET` and `CLIENT SETNAME` may be denied, so they are not in the list.
 */
export const COMMANDS = [
  'EVAL x 1 $leader:expiry',
  'EVALSHA x 1 $leader:expiry',
  'SUBSCRIBE __keyevent@%__:expired',
  'DEL $alarm',
  'EXISTS $meta',
  'GET $leader:expiry',
  'HDEL $holds x',
  'HGET $stock x',
  'HLEN $holds',
  'HMGET $meta x',
  'HSCAN $stock 0',
  'HSET $meta x x',
  'PTTL $alarm',
  'SET $alarm x PX 1',
  'TIME',
  'TYPE $meta',
  'UNLINK $ended:0',
  'XADD $ledger * x x',
  'XLEN $ledger',
  'XRANGE $ledger - +',
  'XTRIM $ledger MINID 0',
  'ZADD $skus 0 x',
  'ZCARD $skus',
  'ZLEXCOUNT $skus - +',
  'ZMSCORE $due:skus x',
  'ZRANGE $due:skus 0 0',
  'ZRANGEBYLEX $skus - +',
  'ZRANGEBYSCORE $due:skus 0 1',
  'ZREM $due:skus x',
  'ZREVRANGEBYLEX $orders:placed + -',
  'ZSCAN $skus 0',
  'ZSCORE $due:docs x',
];

/** The additional commands that each mode of `ScriptCalls` needs. */
export const MODE_COMMANDS: Record<ScriptMode, readonly string[]> = {
  function: ['FCALL x 1 $meta', 'FUNCTION LIST', 'FUNCTION LOAD x'],
  evalsha: ['SCRIPT EXISTS x', 'SCRIPT LOAD x'],
};

/**
 * The additional commands for `DURABILITY=replicated`; `WAITAOF` only where the server has it and flushes each write.
 */
export const WAIT_COMMANDS = ['WAIT 1 1', 'WAITAOF 1 1 1'] as const;

const waitCommands = (wait: WaitPolicy | null): readonly string[] =>
  wait ? [WAIT_COMMANDS[wait.isFlushed ? 1 : 0]] : [];

/** The setting: `auto` uses functions where the user may. */
export type ScriptChoice = ScriptMode | 'auto';

/** Runs no command: `redis.acl_check_cmd` only checks the user's permissions. It fails for an unknown command. */
const CHECK = `#!lua flags=no-writes
local denied = {}
for _, line in ipairs(ARGV) do
  local parts = {}
  for part in string.gmatch(line, '%S+') do parts[#parts + 1] = part end
  local is_known, is_allowed = pcall(redis.acl_check_cmd, unpack(parts))
  if not (is_known and is_allowed) then denied[#denied + 1] = line end
end
return denied`;

interface CheckedUser {
  shop: string;
  db: number;
  scripts: ScriptChoice;
  wait: WaitPolicy | null;
}

/**
 * Checks at once that the user of this connection may run every command. Otherwise a missing permission of a rarely
 * used command, such as one of the sweeper, would stay unnoticed. Resolves with how the scripts are called. Rejects
 * with `RequirementError`, which names denied commands.
 */
export async function permittedMode(redis: Redis, { shop, db, scripts, wait }: CheckedUser): Promise<ScriptMode> {
  const modes: readonly ScriptMode[] = scripts === 'auto' ? ['function', 'evalsha'] : [scripts];
  const deniedOf = (lines: readonly string[]) => deniedCommands(redis, shop, db, lines);
  const [denied, ...deniedByMode] = await Promise.all(
    [[...COMMANDS, ...waitCommands(wait)], ...modes.map((mode) => MODE_COMMANDS[mode])].map(deniedOf),
  );
  const mode = modes.find((_, index) => deniedByMode[index]?.length === 0);
  if (mode !== undefined && denied?.length === 0) return mode;
  const what = [...(denied ?? []), ...(mode === undefined ? deniedByMode.flat() : [])];
  const keys = `the keys ${shopKey(shop, '*')}`;
  throw new RequirementError(
    `this Redis user may not run ${[...new Set(what)].join(', ')} on ${keys}: docs/redis.md has the ACL line`,
  );
}

/** Returns the names of the commands that the user may not run. */
async function deniedCommands(redis: Redis, shop: string, db: number, commands: readonly string[]): Promise<string[]> {
  const lines = commands.map((line) => line.replace('%', String(db)).replace('$', shopKey(shop, '')));
  const denied = (await redis.eval(CHECK, 0, ...lines).catch((error: Error) => {
    if (errorWord(error.message) === 'NOPERM') return ['EVAL'];
    throw error;
  })) as string[];
  return denied.map((line) =>
    line
      .split(' ')
      .slice(0, /^(FUNCTION|SCRIPT)/.test(line) ? 2 : 1)
      .join(' '),
  );
}
