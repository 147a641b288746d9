import { EmptyState } from '../parts/empty-state.tsx';
import { Page } from '../parts/page.tsx';
import { TEXT } from '../text.ts';

/** Stands for a screen that is not built yet. */
export const SoonScreen = () => (
  <Page title={TEXT.soon.title}>
    <EmptyState title={TEXT.soon.lead} />
  </Page>
);
