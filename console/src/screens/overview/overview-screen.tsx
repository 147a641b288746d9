import { Page } from '../../parts/page.tsx';
import { TEXT } from '../../text.ts';

export const OverviewScreen = () => <Page title={TEXT.screens.overview}>…</Page>;
