import type { Redis } from 'ioredis';
import { nextEpoch } from '../../../domain/epoch.ts';
import { formatRaises, type Loss, parseRaises, type Raise } from './lost-writes.ts';
import type { ScriptCalls } from '../scripts/script-calls.ts';
import { shopKey } from '../link/redis-keys.ts';

/** The history of a shop in its `meta`. */
export interface ShopRecord {
  epoch: number;
  sequence: number;
  /** The time of the last batch, 0 before the first. */
  at: number;
  /** The server's run in which the epoch began. */
  server: string;
  /** The address at which a process reached the server when the epoch began; '' where it is unknown. */
  address: string;
  raises: Raise[];
  /** The loss that freezes the shop, until an operator accepts it. */
  loss: Loss | null;
  /** The losses that operators have accepted, the last one at the end. */
  accepted: Loss[];
  /** The fence, if this server was replaced; else null. */
  fence: Fence | null;
}

/** The server that has replaced this one as the master of the shop. */
export interface Fence {
  /** Its address; '' where it is unknown. */
  by: string;
  at: number;
}

const FIELDS = ['epoch', 'sequence', 'at', 'server', 'raises', 'loss', 'accepted', 'address', 'fenced'] as const;
/** A process that was disconnected for more epochs may not notice a loss. */
const RAISES_MAX = 256;
const ACCEPTED_MAX = 16;

export async function readShopRecord(redis: Redis, shop: string): Promise<ShopRecord> {
  const found = await redis.hmget(shopKey(shop, 'meta'), ...FIELDS);
  const [epoch, sequence, at, server, raises, loss, accepted, address, fenced] = found;
  return {
    epoch: Number(epoch ?? 0),
    sequence: Number(sequence ?? 0),
    at: Number(at ?? 0),
    server: server ?? '',
    raises: parseRaises(raises),
    loss: loss ? (JSON.parse(loss) as Loss) : null,
    accepted: accepted ? (JSON.parse(accepted) as Loss[]) : [],
    address: address ?? '',
    fence: fenced ? (JSON.parse(fenced) as Fence) : null,
  };
}

/**
 * Begins an epoch above `above`, with the server, the loss and the accepted losses of `record`. Returns false where
 * another process has begun one since `record` was read: the caller has to read and compare again.
 */
export async function beginEpoch(
  redis: Redis,
  calls: ScriptCalls,
  record: ShopRecord,
  { above, now }: { above: number; now: number },
): Promise<boolean> {
  const next = nextEpoch(Math.max(record.sequence, above), now);
  const reply = await calls.run(redis, 'raise', [
    record.epoch,
    next.epoch,
    next.sequence,
    record.server,
    formatRaises(record.raises.slice(1 - RAISES_MAX)),
    record.loss ? JSON.stringify(record.loss) : '',
    JSON.stringify(record.accepted.slice(-ACCEPTED_MAX)),
    record.address,
  ]);
  return reply === 1;
}
