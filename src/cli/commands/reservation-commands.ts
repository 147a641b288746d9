import type { HoldfastClient } from '../../client/client.ts';
import type { Reservation } from '../../contract/outputs/reservation-outputs.ts';
import {
  type CliCommand,
  EVENT_REASON,
  type Explained,
  REASON,
  UsageError,
  wholeNumber,
} from '../context/cli-context.ts';
import { addLine, type Line } from '../context/line-option.ts';
import { shownTime, type TableRow } from '../context/table.ts';

const reservationRow = (reservation: Reservation): TableRow => ({
  reservationId: reservation.reservationId,
  reference: reservation.reference,
  status: reservation.status,
  expiresAt: deadlineText(reservation),
  units: reservation.lines.reduce((units, line) => units + line.quantity, 0),
});

const reservationLineRow = ({ sku, quantity, fulfilled, released }: Reservation['lines'][number]): TableRow => ({
  sku,
  quantity,
  fulfilled,
  released,
});

const deadlineText = ({ expiresAt }: Reservation): string => (expiresAt === null ? '-' : shownTime(expiresAt));

const reservationTitle = (reservation: Reservation): string =>
  `${reservation.reservationId} ${reservation.reference} ${reservation.status} until ${deadlineText(reservation)}`;

const LINE_HELP = 'n units of this SKU; may be given several times';
const TTL_HELP = 'milliseconds from now; absent: no deadline';

/** Adds `reservations`: units that are reserved without a cart. */
export function addReservationCommands(program: CliCommand): void {
  const reservations = program.command('reservations').description('reserve units without a cart, and dispatch them');
  addReading(reservations);
  reservations
    .command('create <reference>')
    .description('reserve units of all given lines, or none')
    .requiredOption('--line <sku=n>', LINE_HELP, addLine)
    .option('--best-effort', 'reserve as many units of each line as are available, at least one')
    .option('--ttl <ms>', TTL_HELP, wholeNumber)
    .option('--customer <id>', 'the customer whose limits apply')
    .option('--channel <name>', 'the channel that sells the units')
    .option('--reason <text>', REASON)
    .run(async ({ client, show }, reference: string, { line, bestEffort, ttl, ...rest }: ReservationCreateOptions) => {
      const mode = bestEffort ? 'best_effort' : 'exact';
      const lines = line.map((each) => ({ ...each, mode }) as const);
      showReservation(show, await client.reservations.create.mutate({ reference, lines, ttlMs: ttl ?? null, ...rest }));
    });
  addReservationChanges(reservations);
}

interface ReservationCreateOptions extends Explained {
  line: Line[];
  bestEffort?: true;
  ttl?: number;
  customer?: string;
  channel?: string;
}

type ShowTable = (value: unknown, rows: readonly TableRow[], note?: string) => void;

const showReservation = (show: ShowTable, reservation: Reservation): void =>
  show(reservation, reservation.lines.map(reservationLineRow), reservationTitle(reservation));

function addReading(reservations: CliCommand): void {
  reservations
    .command('list')
    .description('show reservations, newest first')
    .option('--status <status>', 'only reservations in this status, such as committed')
    .option('--limit <n>', 'the most reservations to show', wholeNumber, 50)
    .run(async ({ client, list }, { status, limit }: { status?: Reservation['status']; limit: number }) => {
      await list(limit, (page) => client.reservations.list.query({ status, ...page }), reservationRow);
    });
  reservations
    .command('get [reservationId]')
    .description('show one reservation and its lines')
    .option('--reference <text>', 'the newest reservation that has this reference')
    .run(async ({ client, show }, reservationId: string | undefined, { reference }: { reference?: string }) => {
      if ((reservationId === undefined) === (reference === undefined)) {
        throw new UsageError('reservations get requires either an id or --reference');
      }
      showReservation(show, await client.reservations.get.query({ reservationId, reference }));
    });
}

function addReservationChanges(reservations: CliCommand): void {
  reservations
    .command('extend <reservationId>')
    .description('move the deadline to a later time')
    .option('--ttl <ms>', TTL_HELP, wholeNumber)
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, reservationId: string, { ttl, reason }: Explained & { ttl?: number }) => {
      showReservation(show, await client.reservations.extend.mutate({ reservationId, ttlMs: ttl ?? null, reason }));
    });
  reservations
    .command('resize <reservationId>')
    .description('set the units of lines; 0 deletes a line')
    .requiredOption('--line <sku=n>', LINE_HELP, addLine)
    .option('--reason <text>', REASON)
    .run(async ({ client, show }, reservationId: string, { line: lines, reason }: Explained & { line: Line[] }) => {
      showReservation(show, await client.reservations.resize.mutate({ reservationId, lines, reason }));
    });
  reservations
    .command('commit <reservationId>')
    .description('sell the units, which stay on hand until they are dispatched')
    .option('--reason <text>', REASON)
    .run(async ({ client, show }, reservationId: string, { reason }: Explained) => {
      showReservation(show, await client.reservations.commit.mutate({ reservationId, reason }));
    });
  addEnding(
    reservations,
    'fulfil',
    'dispatch units: all remaining ones, or those of the given lines',
    (client, units) => client.reservations.fulfil.mutate(units),
  );
  addEnding(
    reservations,
    'release',
    'release units: all remaining ones, or those of the given lines',
    (client, units) => client.reservations.release.mutate(units),
  );
  addTransfer(reservations);
}

function addTransfer(reservations: CliCommand): void {
  reservations
    .command('transfer <reservationId> <reference>')
    .description('change the reference of a reservation')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, reservationId: string, reference: string, { reason }: Explained) => {
      showReservation(show, await client.reservations.transfer.mutate({ reservationId, reference, reason }));
    });
}

function addEnding(
  reservations: CliCommand,
  name: string,
  description: string,
  act: (client: HoldfastClient, units: Explained & { reservationId: string; lines?: Line[] }) => Promise<Reservation>,
): void {
  reservations
    .command(`${name} <reservationId>`)
    .description(description)
    .option('--line <sku=n>', LINE_HELP, addLine)
    .option('--reason <text>', REASON)
    .run(async ({ client, show }, reservationId: string, { line: lines, reason }: Explained & { line?: Line[] }) => {
      showReservation(show, await act(client, { reservationId, ...(lines && { lines }), ...(reason && { reason }) }));
    });
}
