import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

const LIMITS = '/proc/self/limits';
const OPEN = '/proc/self/fd';

/** Returns how many file descriptors this process may open; null if the system has no limit or does not report it. */
export function descriptorLimit(): number | null {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync(LIMITS, 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}

/**
 * Resolves with how many file descriptors this process has open; null if the system does not report it. Without a free
 * descriptor they cannot be listed, and the result is Infinity.
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
