import { type Place, useTimeline } from '../../live/use-timeline.ts';
import type { Movement } from '../../live/ledger-walk.ts';
import { Button } from '../../parts/button.tsx';
import { Section } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { MovementTable } from '../movement-table.tsx';

interface TimelineSectionProps {
  /** The order or reservation itself, as a hold's owner. */
  owner?: string;
  places: readonly Place[];
  since: number;
  owns: (movement: Movement) => boolean;
  version: unknown;
  /** What is shown if its ledgers were read to their ends and have no movement of it. */
  empty?: string | undefined;
}

/** What happened to an order, a reservation or a cart. Nothing for a key that may not read the ledger. */
export function TimelineSection(props: TimelineSectionProps) {
  const { may } = useOperator();
  const { query, readOn } = useTimeline(props);
  if (!may('stock.history')) return null;
  const { data } = query;
  return (
    <Section title={DETAIL.orders.timeline} note={DETAIL.orders.timelineNote}>
      <MovementTable
        label={DETAIL.orders.timeline}
        owner={props.owner}
        showsSku={new Set(props.places.map(({ sku }) => sku)).size > 1}
        rows={props.places.length === 0 ? [] : data?.movements}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={data?.isCut ? DETAIL.orders.notYet : (props.empty ?? DETAIL.orders.noTimeline)}
        footer={
          data?.isCut && (
            <>
              <span>{DETAIL.orders.timelineCut}</span>
              <Button disabled={query.isFetching} onClick={readOn}>
                {DETAIL.sku.readOn}
              </Button>
            </>
          )
        }
      />
    </Section>
  );
}

/** Returns where the movements of lines are: at the locations of their units, or at `main`. */
export const placesOf = (lines: readonly { sku: string; allocations?: readonly { location: string }[] }[]): Place[] => {
  const places = lines.flatMap(({ sku, allocations = [] }) =>
    (allocations.length > 0 ? allocations : [{ location: 'main' }]).map(({ location }) => ({ sku, location })),
  );
  return [...new Map(places.map((place) => [`${place.sku}@${place.location}`, place])).values()];
};
