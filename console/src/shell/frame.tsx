import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useShopTime } from '../live/use-shop-time.ts';
import { Button } from '../parts/button.tsx';
import { NoScope } from '../parts/no-scope.tsx';
import { Page } from '../parts/page.tsx';
import { useOperator } from '../session/operator-context.ts';
import { TEXT } from '../text.ts';
import { Logo } from './logo.tsx';
import { SCREENS, screenOf } from './screen-list.ts';
import { ThemeSwitch } from './theme-switch.tsx';
import styles from './frame.module.css';

const CONTENT = 'content';

/** The navigation around every screen. On narrow screens it opens above the content. */
export function Frame() {
  useShopTime();
  const [isOpen, setOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(() => setOpen(false), [path]);
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href={`#${CONTENT}`} onClick={focusContent}>
        {TEXT.app.skip}
      </a>
      <header className={styles.side}>
        <div className={styles.top}>
          <Logo />
          <Button
            className={styles.menu}
            aria-expanded={isOpen}
            aria-controls="navigation"
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? TEXT.app.closeMenu : TEXT.app.menu}
          </Button>
        </div>
        <div id="navigation" className={isOpen ? styles.open : styles.closed}>
          <Find />
          <Navigation />
          <Account />
        </div>
      </header>
      <main id={CONTENT} className={styles.content} tabIndex={-1}>
        <Screen />
      </main>
    </div>
  );
}

/** The screen of the address. An address may have been sent by somebody whose key reads more. */
function Screen() {
  const { may } = useOperator();
  const screen = screenOf(useRouterState({ select: ({ matches }) => matches.at(-1)?.fullPath }));
  if (screen === undefined || screen.reads.some(may)) return <Outlet />;
  return (
    <Page title={screen.title}>
      <NoScope reads={screen.reads} />
    </Page>
  );
}

/** A link to an anchor would become a navigation of the router. */
function focusContent(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.querySelector<HTMLElement>(`#${CONTENT}`)?.focus();
}

function Navigation() {
  const { may } = useOperator();
  return (
    <nav aria-label={TEXT.app.nav}>
      <ul className={styles.links}>
        {SCREENS.filter(({ reads }) => reads.some(may)).map(({ to, title }) => (
          <li key={to}>
            <Link to={to} className={styles.link} activeProps={{ className: styles.active ?? '' }}>
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Goes to an order, a reservation or a cart by its id, and else to a SKU. */
function Find() {
  const [term, setTerm] = useState('');
  const navigate = useNavigate();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const found = term.trim();
    if (found === '') return;
    setTerm('');
    if (found.startsWith('ord_')) void navigate({ to: '/orders/$orderId', params: { orderId: found } });
    else if (found.startsWith('res_')) {
      void navigate({ to: '/reservations/$reservationId', params: { reservationId: found } });
    } else if (found.startsWith('crt_')) void navigate({ to: '/carts/$cartId', params: { cartId: found } });
    else void navigate({ to: '/stock', search: { find: found } });
  };
  return (
    <form className={styles.find} role="search" onSubmit={submit}>
      <input
        type="search"
        aria-label={TEXT.app.find}
        placeholder={TEXT.app.findHint}
        value={term}
        onChange={(event) => setTerm(event.target.value)}
      />
    </form>
  );
}

function Account() {
  const { name, signOut } = useOperator();
  return (
    <div className={styles.account}>
      <p title={name}>{TEXT.app.signedInAs(name)}</p>
      <div className={styles.accountButtons}>
        <Button look="quiet" onClick={signOut}>
          {TEXT.app.signOut}
        </Button>
        <ThemeSwitch />
      </div>
    </div>
  );
}
