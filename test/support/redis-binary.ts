import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

// The path at which `scripts/test` puts the server when the system has one only under another name.
const CACHED = join(import.meta.dirname, '../../node_modules/.cache/holdfast/redis-server');

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const onPath = (name: string): string[] =>
  (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, name));

/** The Redis or Valkey server to test with. A missing one is an error, not a reason to skip. */
export function redisBinary(): string {
  const named = process.env['HOLDFAST_REDIS_SERVER'];
  const candidates = named ? [named] : [...onPath('redis-server'), ...onPath('valkey-server'), CACHED];
  const found = candidates.find(isExecutable);
  if (found) return found;
  throw new Error(
    named
      ? `HOLDFAST_REDIS_SERVER names ${named}, which is not an executable file`
      : 'no redis-server or valkey-server on the PATH: install Redis 7.0 or later (./scripts/test does), or set HOLDFAST_REDIS_SERVER',
  );
}
