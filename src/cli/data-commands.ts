import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DamagedFile } from '../store/embedded/files/meta-pages.ts';
import { walkPages } from '../store/embedded/files/page-walk.ts';
import { dataFileOf, readMark } from '../store/embedded/files/shop-mark.ts';
import { receiveBackup } from './backup-file.ts';
import { type CliCommand, type CliContext, Failed, Unusable, UsageError } from './cli-context.ts';
import { type Checked, checkData } from './data-check.ts';

const SHOP_DEFAULT = 'main';
const PROBLEMS_SHOWN = 20;

interface DirectoryOptions {
  dataDir?: string;
  shop?: string;
  adopt?: boolean;
}

/** Adds `backup`, `restore` and `check`, for the files of the embedded store. */
export function addDataCommands(program: CliCommand): void {
  const { env } = program.environment;
  const shopOf = ({ shop }: DirectoryOptions): string => shop ?? (env.SHOP || SHOP_DEFAULT);
  const shopOption = ['--shop <shop>', `the shop in the data (default: SHOP, else ${SHOP_DEFAULT})`] as const;
  program
    .command('backup <target>')
    .description('copy the data of the running server to a new file, without an interruption (embedded store)')
    .action(async (target: string, _options: unknown, command: CliCommand) => {
      const bytes = await receiveBackup(command.server(), target);
      command.context().show({ file: resolve(target), bytes }, [{ file: resolve(target), bytes }]);
    });
  program
    .command('restore <from>')
    .description('create a data directory from a backup, and check it; then start the server on it')
    .requiredOption('--data-dir <dir>', 'the new data directory; it must be empty or not exist')
    .option(...shopOption)
    .action(async (from: string, options: DirectoryOptions & { dataDir: string }, command: CliCommand) => {
      const checked = await restoreBackup(from, resolve(options.dataDir), shopOf(options));
      showChecked(command.context(), checked);
    });
  program
    .command('check')
    .description('read, decode and audit a data directory whose server is stopped; exit 3 if anything is wrong')
    .option('--data-dir <dir>', 'the data directory (default: DATA_DIR, else ./data)')
    .option(...shopOption)
    .option('--adopt', 'accept a copy; use it only if no server had the data open when it was copied')
    .action(async (options: DirectoryOptions, command: CliCommand) => {
      const dir = resolve(options.dataDir ?? (env.DATA_DIR || './data'));
      if (!existsSync(dataFileOf(dir)) && readMark(dir) === null) throw new UsageError(`${dir} has no data of a shop`);
      const checked = await checkData(dir, shopOf(options), { takeOver: options.adopt ?? false });
      if (checked.problems.length > 0) throw unsound(dir, checked);
      showChecked(command.context(), checked);
    });
}

/** Copies a backup into `dir` and checks the copy. Removes the copy if the check finds a problem. */
async function restoreBackup(from: string, dir: string, shop: string): Promise<Checked> {
  const source = sourceOf(from);
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
function sourceOf(from: string): string {
  const stat = statSync(from, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`${from} is not there`);
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

function showChecked({ show }: CliContext, { skus = 0, liveHolds = 0, sequence = 0, epoch = 0 }: Checked): void {
  const sound = { skus, liveHolds, sequence, epoch };
  show(sound, [sound], 'check: ok');
}
