import type { Writable } from 'node:stream';
import type { Client, Submittable } from 'pg';
import { UsageError } from '../context/cli-context.ts';

/** The parts of the optional packages `pg` and `pg-copy-streams` that the archive uses. */
export interface ArchivePackages {
  Client: typeof Client;
  copyFrom: (text: string) => Writable & Submittable;
}

/** Rejects with `UsageError` if a package is not installed. */
export async function loadArchivePackages(): Promise<ArchivePackages> {
  try {
    const [pg, copy] = await Promise.all([import('pg'), import('pg-copy-streams')]);
    return { Client: pg.default.Client, copyFrom: copy.from };
  } catch (error) {
    throw new UsageError(
      'holdfast archive needs the packages pg and pg-copy-streams beside holdfast: npm install pg pg-copy-streams',
      { cause: error },
    );
  }
}
