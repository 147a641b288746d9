import type { Redis } from 'ioredis';
import { shopKey } from './link/redis-keys.ts';
import { RequirementError } from './link/requirements.ts';
import { errorWord } from './link/server-errors.ts';

/**
 * One valid call of every command that Holdfast, its functions or redlock's scripts use. `$name` is a key of the shop,
 * `%` the database. Redis also checks the user's permissions for commands in scripts. `INFO`, `CONFIG GET`, `CONFIG
 * SET` and `CLIENT SETNAME` may be denied, so they are not in the list.
 */
export const COMMANDS = [
  'EVAL x 1 $leader:expiry',
  'EVALSHA x 1 $leader:expiry',
  'FCALL x 1 $meta',
  'FUNCTION LIST',
  'FUNCTION LOAD x',
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

/**
 * Checks at once that the user of this connection may run every command. Otherwise a missing permission of a rarely
 * used command, such as one of the sweeper, would stay unnoticed. Rejects with `RequirementError`, which names denied
 * commands.
 */
export async function assertPermissions(redis: Redis, { shop, db }: { shop: string; db: number }): Promise<void> {
  const lines = COMMANDS.map((line) => line.replace('%', String(db)).replace('$', shopKey(shop, '')));
  const denied = (await redis.eval(CHECK, 0, ...lines).catch((error: Error) => {
    if (errorWord(error.message) === 'NOPERM') return ['EVAL'];
    throw error;
  })) as string[];
  if (denied.length === 0) return;
  const what = denied.map((line) =>
    line
      .split(' ')
      .slice(0, line.startsWith('FUNCTION') ? 2 : 1)
      .join(' '),
  );
  const keys = `the keys ${shopKey(shop, '*')}`;
  throw new RequirementError(
    `this Redis user may not run ${[...new Set(what)].join(', ')} on ${keys}: docs/redis.md has the ACL line`,
  );
}
