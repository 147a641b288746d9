import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { RedisLink } from '../../../src/store/redis/link/redis-link.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';

const TIMEOUT_MS = 10_000;

/** A link to the present master, whose next connection stops at a point of its opening until it may go on. */
function linkOf(master: () => RedisServer, stopsAt: 'locate' | 'prepare') {
  const points = new EventEmitter();
  const [reached, passed] = [once(points, 'reached'), once(points, 'passed')];
  const stop = async (point: typeof stopsAt): Promise<void> => {
    if (point !== stopsAt) return;
    points.emit('reached');
    await passed;
  };
  const link = new RedisLink({
    redis: { path: master().socketPath, db: 0 },
    async locate() {
      const { socketPath } = master();
      await stop('locate');
      return { path: socketPath, db: 0 };
    },
    async prepare(redis) {
      expect(await redis.role()).toContain('master');
      await stop('prepare');
    },
    description: 'the master',
    name: 'test',
    connectTimeoutMs: TIMEOUT_MS,
  });
  return { link, reached, passed: () => points.emit('passed') };
}

test.each(['locate', 'prepare'] as const)(
  'a connection that is being opened, and has come as far as %s, leaves a master that was replaced',
  async (point) => {
    await using old = await startRedis();
    await using next = await startRedis();
    let master = old;
    const { link, reached, passed } = linkOf(() => master, point);
    try {
      await reached;
      master = next;
      link.leave(new Error('the master was replaced'));
      passed();
      await link.whenReady(TIMEOUT_MS);
      expect(String(await link.send('CONFIG', ['GET', 'unixsocket']))).toContain(next.socketPath);
    } finally {
      await link.close();
    }
  },
);
