import { library } from './lua-scripts.ts';
import type { RedisLink } from '../link/redis-link.ts';

/**
 * Loads the library of functions; resolves with whether Redis has it. Gives up a connection that is silent for
 * `attemptMs`.
 */
export async function loadLibrary(link: RedisLink, attemptMs: number): Promise<boolean> {
  const timer = setTimeout(() => link.drop('no answer to FUNCTION LOAD'), attemptMs);
  try {
    await link.send('FUNCTION', ['LOAD', 'REPLACE', library().text]);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
