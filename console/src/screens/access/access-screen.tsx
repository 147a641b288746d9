import { Link, useSearch } from '@tanstack/react-router';
import { NoScope } from '../../parts/no-scope.tsx';
import { Page } from '../../parts/page.tsx';
import { useOperator } from '../../session/operator-context.ts';
import { TEXT } from '../../text.ts';
import { DETAIL } from '../../detail-text.ts';
import { EventList } from './event-list.tsx';
import { KeyList } from './key-list.tsx';
import { SessionLists } from './session-lists.tsx';
import styles from '../../parts/tabs.module.css';

const { access } = DETAIL;

const PARTS = [
  { name: undefined, title: access.keys, reads: 'keys.list' },
  { name: 'sessions', title: access.sessions, reads: 'sessions.blocks' },
  { name: 'events', title: access.events, reads: 'admin.events' },
] as const;

/** Keys, sessions, and what operators did: each part for the keys that may read it. */
export function AccessScreen() {
  const { may } = useOperator();
  const { part: name } = useSearch({ from: '/access' });
  const parts = PARTS.filter(({ reads }) => may(reads));
  const part = PARTS.find((each) => each.name === name) ?? PARTS[0];
  const shown = name === undefined && !may(part.reads) ? (parts[0] ?? part) : part;
  return (
    <Page title={TEXT.screens.access} lead={access.lead}>
      {parts.length > 1 && (
        <nav aria-label={access.parts}>
          <ul className={styles.tabs}>
            {parts.map((each) => (
              <li key={each.title}>
                <Link
                  to="/access"
                  search={{ part: each.name }}
                  className={styles.tab}
                  activeOptions={{ explicitUndefined: true }}
                  aria-current={each === shown ? 'page' : undefined}
                >
                  {each.title}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {may(shown.reads) ? <Part name={shown.name} /> : <NoScope reads={[shown.reads]} />}
    </Page>
  );
}

function Part({ name }: { name: 'sessions' | 'events' | undefined }) {
  if (name === 'sessions') return <SessionLists />;
  return name === 'events' ? <EventList /> : <KeyList />;
}
