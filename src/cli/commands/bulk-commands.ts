import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Option } from 'commander';
import type { ImportReport } from '../../contract/outputs/stock-outputs.ts';
import { readExport, RESUME, sendImport } from '../context/bulk-wire.ts';
import { type CliCommand, EXIT, Failed, UsageError } from '../context/cli-context.ts';
import { shownTime } from '../context/table.ts';

interface ImportCommandOptions {
  key?: string;
  format?: string;
  dryRun?: boolean;
  again?: boolean;
  reason?: string;
}

const formatOption = (): Option => new Option('--format <format>', 'csv or jsonl').choices(['csv', 'jsonl']);

/** Adds `stock import` and `stock export`, for whole catalogs. */
export function addBulkCommands(stock: CliCommand): void {
  stock
    .command('import <file>')
    .description('set SKUs to the values in a file (- for standard input); a repeated import resumes where it stopped')
    .option('--key <key>', 'the name of the import (default: the SHA-256 of the file)')
    .addOption(formatOption())
    .option('--dry-run', 'check every row without changing anything')
    .option('--reason <text>', 'the reason, for the ledger (default: import)')
    .option(
      '--again',
      'apply a file once more that was completely imported before; an incomplete import resumes without this option',
    )
    .action(async (file: string, options: ImportCommandOptions, command: CliCommand) => {
      const { show } = command;
      const report = await importFile(file, options, command);
      show(report, [summaryOf(report)], problemLines(report));
      demandDone(report);
    });
  stock
    .command('export')
    .description('write every SKU to standard output, in the format of imports')
    .addOption(formatOption().default('csv'))
    .option('--after <sku>', 'only the SKUs after this one')
    .action(async ({ format, after }: { format: string; after?: string }, command: CliCommand) => {
      const query = { format, ...(after === undefined ? {} : { after }) };
      const answer = await readExport(command.server(), query);
      await pipeline(answer, command.environment.stdout ?? process.stdout, { end: false });
    });
}

/** Throws `Failed` unless this call and the calls before it have applied all rows of the file. */
function demandDone({ alreadyImportedAt, unreadable, takenOver, done, problemCount }: ImportReport): void {
  if (alreadyImportedAt !== undefined) {
    const line = `nothing was applied: the file was imported at ${shownTime(alreadyImportedAt)}; use --again to apply it once more`;
    throw new Failed(line, EXIT.doneBefore);
  }
  if (unreadable) throw new Failed(`${unreadable.path}: ${unreadable.message}`);
  if (takenOver) throw new Failed('another call with the same key took this import over: see the report of that call');
  if (!done) throw new Failed(`the server ended the import early: ${RESUME}`);
  if (problemCount > 0) throw new Failed(`rows with problems: ${problemCount}; the other rows are done`);
}

async function importFile(
  file: string,
  { key, format, dryRun = false, again = false, reason }: ImportCommandOptions,
  command: CliCommand,
): Promise<ImportReport> {
  const { stdin = process.stdin, err } = command.environment;
  const isInput = file === '-';
  if (isInput && key === undefined && !dryRun)
    throw new UsageError(
      'an import from standard input needs --key, because the input cannot be read twice to hash it',
    );
  if (!isInput) await demandReadable(file);
  const query = {
    format: format ?? formatOfFile(file),
    ...(dryRun ? { dryRun: 'true' } : { key: key ?? (await digestOf(file)) }),
    ...(again ? { again: 'true' } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
  return sendImport(command.server(), query, isInput ? stdin : createReadStream(file), (rows) => err?.(`${rows} rows`));
}

function formatOfFile(file: string): string {
  const extension = extname(file).toLowerCase();
  if (extension === '.csv') return 'csv';
  if (extension === '.jsonl' || extension === '.ndjson') return 'jsonl';
  throw new UsageError(`the name of ${file} has no known extension: add --format csv or --format jsonl`);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function demandReadable(file: string): Promise<void> {
  await access(file, constants.R_OK).catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  });
}

const summaryOf = ({ rows, applied, unchanged, problemCount, resumedFrom }: ImportReport) => ({
  rows,
  applied,
  unchanged,
  problems: problemCount,
  resumedFrom,
});

function problemLines({ problems, problemCount }: ImportReport): string | undefined {
  if (problems.length === 0) return undefined;
  const lines = problems.map(({ row, sku, column, reason, message }) =>
    [`row ${row}`, sku, column, reason === 'invalid_input' ? message : `${reason}: ${message}`]
      .filter((part) => part !== undefined)
      .join(' ')
      // The file names the columns. A control character in a name must not reach the terminal.
      .replace(/\p{Cc}/gu, '?'),
  );
  const more = problemCount - new Set(problems.map(({ row }) => row)).size;
  return [...lines, ...(more > 0 ? [`... and ${more} more rows`] : [])].join('\n');
}
