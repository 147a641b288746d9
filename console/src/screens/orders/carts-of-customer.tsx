import type { Outputs } from '../../../../src/client/client.ts';
import { SEARCH_PAGE, useSearchWalk } from '../../live/use-search-walk.ts';
import { ErrorText } from '../../parts/error-text.tsx';
import { Section } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { DETAIL } from '../../detail-text.ts';
import { OwnerLink } from '../owner-link.tsx';
import { WalkButton } from './walk-button.tsx';

type Hold = Outputs['holds']['list']['items'][number];

const CUSTOMER_NAME = /^customer:[\w-]{22}$/;

/** Returns how calls name a customer: by the name that the lists show, or by the id that the shop gave. */
export const customerOf = (name: string): { session: string } | { customerId: string } =>
  CUSTOMER_NAME.test(name) ? { session: name } : { customerId: name };

/** The carts of a customer that hold units. They are found through the live holds, which are read page by page. */
export function CartsOfCustomer({ name }: { name: string }) {
  const { client } = useOperator();
  const walk = useSearchWalk<Hold>({
    queryKey: ['carts of', name],
    read: (at, signal) => client.holds.list.query({ ...customerOf(name), limit: SEARCH_PAGE, ...at }, { signal }),
    isWanted: ({ owner }) => owner.startsWith('cart:'),
  });
  const { found, isComplete } = walk.searched;
  const carts = [...new Set(found.map(({ owner }) => owner))];
  return (
    <Section title={DETAIL.orders.cartsOfCustomer(name)}>
      {walk.query.error && <ErrorText error={walk.query.error} onRetry={() => void walk.query.refetch()} />}
      {carts.length > 0 && (
        <ul>
          {carts.map((owner) => (
            <li key={owner}>
              <OwnerLink owner={owner} />
            </li>
          ))}
        </ul>
      )}
      {walk.query.data && carts.length === 0 && (
        <p role="status">{isComplete ? DETAIL.orders.noCart : DETAIL.orders.noCartYet}</p>
      )}
      {!isComplete && !walk.query.error && <WalkButton walk={walk} />}
    </Section>
  );
}
