import { Navigate } from '@tanstack/react-router';
import { NoScope } from '../parts/no-scope.tsx';
import { Page } from '../parts/page.tsx';
import { useOperator } from '../session/operator-context.ts';
import { TEXT } from '../text.ts';
import { SCREENS } from './screen-list.ts';

/** Goes to the overview, or to the first screen that the key can read. */
export function FirstScreen() {
  const { may } = useOperator();
  const readable = SCREENS.filter(({ reads }) => reads.some(may)).map(({ to }) => to);
  const to = readable.find((each) => each === '/overview') ?? readable[0];
  if (to !== undefined) return <Navigate to={to} replace />;
  return (
    <Page title={TEXT.app.short}>
      <NoScope reads={SCREENS.flatMap(({ reads }) => [...reads])} />
    </Page>
  );
}
