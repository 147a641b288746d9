import { InvalidArgumentError } from 'commander';
import type { Transfer } from '../../contract/outputs/transfer-outputs.ts';
import { type CliCommand, EVENT_REASON, type Explained, REASON, wholeNumber } from '../context/cli-context.ts';
import { shownTime, type TableRow } from '../context/table.ts';

const transferRow = ({ transferId, status, from, to, createdAt, lines }: Transfer): TableRow => ({
  transferId,
  status,
  from,
  to,
  createdAt: shownTime(createdAt),
  units: lines.reduce((units, { quantity }) => units + quantity, 0),
});

const transferLineRow = ({ sku, quantity, received, lost }: Transfer['lines'][number]): TableRow => ({
  sku,
  quantity,
  received,
  lost,
});

const transferTitle = ({ transferId, status, from, to, createdAt }: Transfer): string =>
  `${transferId} ${status} from ${from} to ${to} ${shownTime(createdAt)}`;

/** Adds `transfers`: units that move from one location to another. */
export function addTransferCommands(program: CliCommand): void {
  const transfers = program.command('transfers').description('move units from one location to another');
  transfers
    .command('list')
    .description('show transfers, newest first')
    .option('--status <status>', 'only transfers in this status, such as in_transit')
    .option('--limit <n>', 'the most transfers to show', wholeNumber, 50)
    .run(async ({ client, list }, { status, limit }: { status?: Transfer['status']; limit: number }) => {
      await list(limit, (page) => client.transfers.list.query({ status, ...page }), transferRow);
    });
  transfers
    .command('get <transferId>')
    .description('show one transfer and its lines')
    .run(async ({ client, show }, transferId: string) => {
      const transfer = await client.transfers.get.query({ transferId });
      show(transfer, transfer.lines.map(transferLineRow), transferTitle(transfer));
    });
  addCreate(transfers);
  addMoves(transfers);
}

interface TransferCreateOptions extends Explained {
  line: SentLine[];
  reference?: string;
}

function addCreate(transfers: CliCommand): void {
  transfers
    .command('create <from> <to>')
    .description('create a draft of a transfer; its units do not move yet')
    .requiredOption('--line <sku=n>', 'n units of this SKU; may be given several times', addSentLine)
    .option('--reference <text>', 'your own name for the transfer')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, from: string, to: string, { line: lines, ...rest }: TransferCreateOptions) => {
      const transfer = await client.transfers.create.mutate({ from, to, lines, ...rest });
      show(transfer, transfer.lines.map(transferLineRow), transferTitle(transfer));
    });
}

interface ReceiveOptions {
  line: ArrivedLine[];
  reason?: string;
}

function addMoves(transfers: CliCommand): void {
  transfers
    .command('dispatch <transferId>')
    .description('dispatch the units of a draft from their location')
    .option('--reason <text>', REASON)
    .run(async ({ client, show }, transferId: string, { reason }: Explained) => {
      const transfer = await client.transfers.dispatch.mutate({ transferId, reason });
      show(transfer, transfer.lines.map(transferLineRow), transferTitle(transfer));
    });
  transfers
    .command('receive <transferId>')
    .description('add the units that arrived to their new location; the others stay in transit')
    .requiredOption(
      '--line <sku=n[/lost]>',
      'n units arrived, and others were lost; may be given several times',
      addArrivedLine,
    )
    .option('--reason <text>', 'why units were lost')
    .run(async ({ client, show }, transferId: string, { line: lines, reason }: ReceiveOptions) => {
      const transfer = await client.transfers.receive.mutate({ transferId, lines, reason });
      show(transfer, transfer.lines.map(transferLineRow), transferTitle(transfer));
    });
  transfers
    .command('cancel <transferId>')
    .description('end a transfer; units in transit return to the location that sent them')
    .requiredOption('--reason <text>', REASON)
    .run(async ({ client, show }, transferId: string, { reason }: { reason: string }) => {
      const transfer = await client.transfers.cancel.mutate({ transferId, reason });
      show(transfer, transfer.lines.map(transferLineRow), transferTitle(transfer));
    });
}

interface SentLine {
  sku: string;
  quantity: number;
}

interface ArrivedLine extends SentLine {
  lost?: number;
}

/** Splits a line at its last `=`, because a SKU may contain `=`. */
function splitLine(text: string): [string, string] {
  const at = text.lastIndexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected a SKU and a number, such as MUG=2.');
  return [text.slice(0, at), text.slice(at + 1)];
}

function addSentLine(text: string, known: SentLine[] = []): SentLine[] {
  const [sku, units] = splitLine(text);
  return [...known, { sku, quantity: wholeNumber(units) }];
}

function addArrivedLine(text: string, known: ArrivedLine[] = []): ArrivedLine[] {
  const [sku, units] = splitLine(text);
  const [arrived = '', lost, ...more] = units.split('/');
  if (more.length > 0)
    throw new InvalidArgumentError('Expected units that arrived and units that were lost, such as MUG=4/1.');
  return [
    ...known,
    { sku, quantity: wholeNumber(arrived), ...(lost === undefined ? {} : { lost: wholeNumber(lost) }) },
  ];
}
