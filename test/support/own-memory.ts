import { existsSync, readFileSync } from 'node:fs';
import type { FilledShop } from './filled-shop.ts';

/** Returns the memory of the process's own: heap and buffers, without the cached pages of files. */
export async function ownBytes({ caller, server }: FilledShop): Promise<number> {
  const status = `/proc/${server.pid}/status`;
  if (existsSync(status)) {
    return Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8'))?.[1]) * 1_024;
  }
  const { body } = await caller.get('/metrics');
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(body)?.[1]);
}
