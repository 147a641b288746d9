import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DamagedFile } from '../../store/embedded/files/meta-pages.ts';
import { walkPages } from '../../store/embedded/files/page-walk.ts';
import { dataFileOf, readMark } from '../../store/embedded/files/shop-mark.ts';
import { Failed, Unusable, UsageError } from '../context/cli-context.ts';
import { type Checked, checkData } from './data-check.ts';

const PROBLEMS_SHOWN = 20;

/** Checks a data directory whose server is stopped. Rejects with `Unusable` if anything is wrong. */
export async function checkInChild(dir: string, shop: string, { adopt }: { adopt: boolean }): Promise<Checked> {
  if (!existsSync(dataFileOf(dir)) && readMark(dir) === null) throw new UsageError(`${dir} has no data of a shop`);
  const checked = await checkData(dir, shop, { takeOver: adopt });
  if (checked.problems.length > 0) throw unsound(dir, checked);
  return checked;
}

/** Copies a backup into `dir` and checks the copy. Removes the copy if the check finds a problem. */
export async function restoreBackup(from: string, dir: string, shop: string): Promise<Checked> {
  const source = dataFileIn(from);
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new Failed(`${dir} is not empty: restore into a new directory, and start the server on that`);
  }
  demandWholeFile(source);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    copyFileSync(source, dataFileOf(dir), constants.COPYFILE_EXCL);
    const checked = await checkData(dir, shop, { takeOver: true });
    if (checked.problems.length > 0) throw unsound(source, checked);
    return checked;
  } catch (error) {
    for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true });
    throw error;
  }
}

/** Returns the data file of a backup, or of a directory that was closed normally. Throws `Failed` and `UsageError`. */
function dataFileIn(from: string): string {
  const stat = statSync(from, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`${from} does not exist`);
  if (!stat.isDirectory()) return from;
  if (!existsSync(dataFileOf(from))) throw new UsageError(`${from} has no data.mdb`);
  if (readMark(from)?.closed === null) {
    throw new Failed(
      `${from} was in use when it was copied, or is in use: make a backup of the running server with ` +
        `"holdfast backup TARGET", or start a server on it and stop it first`,
    );
  }
  return dataFileOf(from);
}

function demandWholeFile(file: string): void {
  try {
    walkPages(file);
  } catch (error) {
    if (error instanceof DamagedFile) throw new Unusable(`${file} ${error.message}: take another backup`);
    throw error;
  }
}

function unsound(what: string, { problems }: Checked): Unusable {
  const shown = problems.slice(0, PROBLEMS_SHOWN).join('; ');
  const more = problems.length > PROBLEMS_SHOWN ? `; and ${problems.length - PROBLEMS_SHOWN} more` : '';
  return new Unusable(`${what} is not sound: ${shown}${more}`);
}
