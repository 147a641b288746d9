import { useNavigate, useSearch } from '@tanstack/react-router';
import { usePages } from '../../live/use-pages.ts';
import { Button } from '../../parts/button.tsx';
import { DataTable, type TableColumn } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Field } from '../../parts/field.tsx';
import { MomentText } from '../../parts/moment-text.tsx';
import { Section } from '../../parts/page.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { ActorText } from '../actor-text.tsx';
import type { Event } from './access-records.ts';
import { detailsOf, subjectOf, withWholeImports } from './event-details.ts';
import styles from './access.module.css';

interface Filter {
  what?: string | undefined;
  by?: string | undefined;
  find?: string | undefined;
}

const { access } = DETAIL;
const PAGE_ROWS = 200;

const COLUMNS: TableColumn<Event>[] = [
  { id: 'who', header: access.whenAndWho, cell: ({ row: { original } }) => <Who event={original} /> },
  {
    id: 'what',
    header: access.what,
    cell: ({ row: { original } }) => (
      <span className={styles.event}>
        <span>
          {access.wordOf(original.what)} <Subject event={original} />
        </span>
        <small>{original.what}</small>
      </span>
    ),
  },
  { id: 'details', header: access.details, cell: ({ row: { original } }) => <Details event={original} /> },
];

const Subject = ({ event }: { event: Event }) => {
  const subject = subjectOf(event);
  return subject === null ? null : <b>{subject}</b>;
};

function Who({ event: { at, by, from } }: { event: Event }) {
  return (
    <span className={styles.event}>
      <MomentText at={at} />
      {by === 'unknown' ? access.unknown : <ActorText by={by} />}
      {from !== undefined && <small>{from}</small>}
    </span>
  );
}

/** More would fill the screen with one event. */
const DETAILS_SHOWN_MAX = 12;

function Details({ event }: { event: Event }) {
  const details = detailsOf(event);
  return (
    <span className={styles.details}>
      {event.reason !== undefined && <span>{access.reason(event.reason)}</span>}
      {details.slice(0, DETAILS_SHOWN_MAX).map(({ name, before, after }) => (
        <span key={name}>
          <small>{name}</small> {before !== null && <del>{before}</del>} {after !== null && <ins>{after}</ins>}
        </span>
      ))}
      {details.length > DETAILS_SHOWN_MAX && <small>{access.moreDetails(details.length - DETAILS_SHOWN_MAX)}</small>}
    </span>
  );
}

/** Whether an event fits a filter. The text is looked for in all that the event has. */
const fits = (event: Event, { what, by, find }: Filter): boolean =>
  (what === undefined || event.what === what) &&
  (by === undefined || event.by === by) &&
  (find === undefined || JSON.stringify(event).toLowerCase().includes(find.toLowerCase()));

/** What operators did, newest first. A filter searches the events that were read so far. */
export function EventList() {
  const { client } = useOperator();
  const filter = useSearch({ from: '/access' });
  const pages = usePages<Event>({
    queryKey: ['admin.events'],
    read: (at, signal) => client.admin.events.query({ limit: PAGE_ROWS, ...at }, { signal }),
  });
  const rows = pages.rows && withWholeImports(pages.rows).filter((event) => fits(event, filter));
  const isFiltered = [filter.what, filter.by, filter.find].some((each) => each !== undefined);
  return (
    <Section title={access.events} note={access.eventsNote}>
      <Filters events={pages.rows ?? []} filter={filter} />
      <DataTable
        label={access.events}
        columns={COLUMNS}
        rows={rows}
        rowId={(event) => JSON.stringify(event)}
        error={pages.error}
        onRetry={() => void pages.refetch()}
        empty={isFiltered ? <EmptyState title={access.noMatch}>{access.noMatchLead}</EmptyState> : access.noEvents}
        footer={
          pages.rows && (
            <>
              <span role="status">
                {access.shown(rows?.length ?? 0)}. {access.searched(pages.rows.length, !pages.hasNextPage)}
              </span>
              {pages.hasNextPage && (
                <Button disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                  {pages.isFetchingNextPage ? access.searching : access.further}
                </Button>
              )}
            </>
          )
        }
      />
    </Section>
  );
}

/** The choices are those of the events that were read, and the one that is chosen. */
const optionsOf = (
  all: readonly string[],
  chosen: string | undefined,
  any: string,
  wordOf: (each: string) => string,
) => [
  { value: '', label: any },
  ...[...new Set([...all, ...(chosen === undefined ? [] : [chosen])])]
    .sort()
    .map((value) => ({ value, label: wordOf(value) })),
];

function Filters({ events, filter }: { events: readonly Event[]; filter: Filter }) {
  const navigate = useNavigate();
  const change = (part: Filter): void => {
    const { what, by, find } = { ...filter, ...part };
    const search = { part: 'events' as const, what: what || undefined, by: by || undefined, find: find || undefined };
    void navigate({ to: '/access', search, replace: true });
  };
  return (
    <div className={styles.filters}>
      <SelectField
        label={access.filterWhat}
        options={optionsOf(
          events.map(({ what }) => what),
          filter.what,
          access.anything,
          access.wordOf,
        )}
        value={filter.what ?? ''}
        onChange={(event) => change({ what: event.target.value })}
      />
      <SelectField
        label={access.filterWho}
        options={optionsOf(
          events.map(({ by }) => by),
          filter.by,
          access.anybody,
          (by) => by,
        )}
        value={filter.by ?? ''}
        onChange={(event) => change({ by: event.target.value })}
      />
      <Field
        label={access.filterText}
        type="search"
        value={filter.find ?? ''}
        onChange={(event) => change({ find: event.target.value })}
      />
    </div>
  );
}
