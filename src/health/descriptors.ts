import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

const LIMITS = '/proc/self/limits';
const OPEN = '/proc/self/fd';

/** Returns how many file descriptors this process may have open, or null where the system does not say or has no limit. */
export function descriptorLimit(): number | null {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync(LIMITS, 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}

/**
 * Returns how many file descriptors this process has open, or null where the system does not say. Without a free
 * descriptor they cannot be listed: the result is Infinity then.
 */
export async function openDescriptors(): Promise<number | null> {
  try {
    // One of them belongs to the listing itself.
    return (await readdir(OPEN)).length - 1;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EMFILE' || code === 'ENFILE' ? Infinity : null;
  }
}
