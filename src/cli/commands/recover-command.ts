import {
  type CliCommand,
  EVENT_REASON,
  type Explained,
  Failed,
  UsageError,
  wholeNumber,
} from '../context/cli-context.ts';
import type { HoldfastClient, Outputs } from '../../client/client.ts';
import { shownTime, type TableRow } from '../context/table.ts';

interface RecoverOptions extends Explained {
  accept?: number;
  replay?: number;
}

/** Adds `recover`, which shows the lost writes of a frozen shop, and unfreezes it. */
export function addRecoverCommand(program: CliCommand): void {
  program
    .command('recover')
    .description(
      'show the writes that the store of a frozen shop has lost, and which of them its processes still know; ' +
        '--replay restores those and unfreezes the shop, --accept unfreezes it without them',
    )
    .option(
      '--replay <sequence>',
      'apply the known writes again; the sequence is in the error line of the log',
      wholeNumber,
    )
    .option('--accept <sequence>', 'drop all lost writes; the sequence is in the error line of the log', wholeNumber)
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, { accept, replay, reason }: RecoverOptions) => {
      if (accept !== undefined && replay !== undefined) {
        throw new UsageError('recover: use --replay or --accept, not both');
      }
      const acceptSequence = replay ?? accept;
      if (acceptSequence === undefined) {
        const report = await client.admin.loss.query();
        show(report, reportRows(report), reportWords(report));
        return;
      }
      const input = { acceptSequence, reason, ...(replay === undefined ? {} : { replay: true }) };
      const lost = await client.admin.recover
        .mutate(input)
        .catch((error: unknown) => explainMismatch(error, { client, replay }));
      if (lost) show(lost, acceptedRows(lost), acceptedWords(lost));
      else show(EMPTY_REPORT, [], 'recover: the shop is not frozen, so there is nothing to recover');
    });
}

type Report = Outputs['admin']['loss'];
type Accepted = Outputs['admin']['recover'];
type Unknown = Report['unknown'][number];

const EMPTY_REPORT: Report = { loss: null, known: 0, writes: [], unknown: [] };

const reportRows = ({ writes }: Report): TableRow[] =>
  writes.map(({ sequence, at, what }) => ({ sequence, at: shownTime(at), what }));

function reportWords({ loss, known, writes, unknown }: Report): string {
  if (!loss) return 'recover: the shop is not frozen, so there is nothing to recover';
  const more = known > writes.length ? [`... and ${known - writes.length} more known writes`] : [];
  const missing = unknownCount(loss, known, unknown);
  const parts = `${known} are known, ${missing} are unknown`;
  const lost = `recover: ${loss.count} writes after sequence ${loss.kept} are lost: ${parts}`;
  const restoring = known === 0 && missing > 0 ? [] : [`--replay ${loss.kept} applies the known ones again`];
  const todo = [...restoring, `--accept ${loss.kept} drops them all`].join(', ');
  return [...more, lost, ...unknown.map(unknownWords), todo].join('\n');
}

/** Returns how many writes are lost and unknown. Not every sequence of an unknown range need have been used. */
function unknownCount({ count }: { count: number }, known: number, unknown: readonly Unknown[]): number {
  const sequences = unknown.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return Math.max(0, Math.min(sequences, count - known));
}

function unknownWords({ first, last, since, until, changed }: Unknown): string {
  const when = since === null ? `before ${shownTime(until)}` : `between ${shownTime(since)} and ${shownTime(until)}`;
  const what = changed.length > 0 ? `, which changed ${changed.join(', ')}` : '';
  return `unknown: sequences ${first} to ${last}, ${when}${what}`;
}

function acceptedRows({ replay, count, first, last, since, until }: Accepted): TableRow[] {
  const lost = { lost: count, first, last, from: since === null ? '-' : shownTime(since), to: shownTime(until) };
  return [replay ? { ...lost, restored: replay.restored, refused: replay.refused } : lost];
}

function acceptedWords({ kept, count, replay }: Accepted): string {
  if (!replay) return `recover: the shop continues from sequence ${kept}; these writes are gone`;
  const refusals = replay.refusals.map(
    ({ what, reason, needs }) =>
      `not restored: ${what}: ${reason}${needs === undefined ? '' : ` (needs the lost write ${needs})`}`,
  );
  const missing = unknownCount({ count }, replay.restored + replay.refused, replay.unknown);
  const unknown = missing > 0 ? [`recover: ${missing} of the ${count} lost writes are unknown: they are gone`] : [];
  const words = `recover: the shop continues; ${replay.restored} known writes were restored, ${replay.refused} were not`;
  return [...unknown, ...replay.unknown.map(unknownWords), ...refusals, words].join('\n');
}

/** Resolves with null if the shop is not frozen, so that a command that has succeeded can be repeated. */
async function explainMismatch(
  error: unknown,
  { client, replay }: { client: HoldfastClient; replay: number | undefined },
): Promise<null> {
  const { isRefusal } = await import('../../client/client.ts');
  if (!isRefusal(error, 'recovery_mismatch')) throw error;
  const { acceptable } = error.data.meta;
  if (acceptable === null) return null;
  if (acceptable === replay) {
    const { loss } = await client.admin.loss.query();
    throw new Failed(
      `recover: none of the ${loss ? `${loss.count} ` : ''}lost writes is known, so nothing was restored, and the shop stays ` +
        `frozen; put back the newer log of Redis, or let the shop serve without these writes: --accept ${acceptable}`,
    );
  }
  throw new Failed(
    `recover: the store has lost all writes after sequence ${acceptable}; read the error line in the log, then use --replay ${acceptable} or --accept ${acceptable}`,
  );
}
