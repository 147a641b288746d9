import type { Redis } from 'ioredis';

/**
 * Keeps the keys of a shop as they are now. Returns a function that puts them back in one step and drops all
 * connections, so that the shop has lost what was written since.
 */
export async function keepKeys(admin: Redis, shop: string): Promise<() => Promise<void>> {
  const copies = new Map<string, Buffer>();
  for (const key of await admin.keys(`{${shop}}:*`)) {
    const copy = await admin.dumpBuffer(key);
    // The alarm and the locks expire, and are only hints.
    if (copy && !/:(alarm|leader:\w+)$/.test(key)) copies.set(key, copy);
  }
  return async () => {
    const work = admin.multi().del(...(await admin.keys(`{${shop}}:*`)));
    for (const [key, copy] of copies) work.restore(key, 0, copy);
    await work.exec();
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  };
}
