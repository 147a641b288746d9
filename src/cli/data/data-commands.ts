import { resolve } from 'node:path';
import type { CliCommand } from '../context/cli-context.ts';
import type { Checked } from './data-check.ts';

const SHOP_DEFAULT = 'main';

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
      const { receiveBackup } = await import('./backup-file.ts');
      const bytes = await receiveBackup(command.server(), target);
      command.show({ file: resolve(target), bytes }, [{ file: resolve(target), bytes }]);
    });
  program
    .command('restore <from>')
    .description('create a data directory from a backup, and check it; then start the server on it')
    .requiredOption('--data-dir <dir>', 'the new data directory; it must be empty or not exist')
    .option(...shopOption)
    .action(async (from: string, options: DirectoryOptions & { dataDir: string }, command: CliCommand) => {
      const { restoreBackup } = await import('./data-work.ts');
      const checked = await restoreBackup(from, resolve(options.dataDir), shopOf(options));
      showChecked(command, checked);
    });
  program
    .command('check')
    .description('read, decode and audit a data directory whose server is stopped; exit 3 if anything is wrong')
    .option('--data-dir <dir>', 'the data directory (default: DATA_DIR, else ./data)')
    .option(...shopOption)
    .option('--adopt', 'accept a copy; use it only if no server had the data open when it was copied')
    .action(async (options: DirectoryOptions, command: CliCommand) => {
      const dir = resolve(options.dataDir ?? (env.DATA_DIR || './data'));
      const { checkInChild } = await import('./data-work.ts');
      const checked = await checkInChild(dir, shopOf(options), { adopt: options.adopt ?? false });
      showChecked(command, checked);
    });
}

function showChecked({ show }: CliCommand, { skus = 0, liveHolds = 0, sequence = 0, epoch = 0 }: Checked): void {
  const sound = { skus, liveHolds, sequence, epoch };
  show(sound, [sound], 'check: ok');
}
