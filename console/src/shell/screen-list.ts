import type { ProcedureName } from '../../../src/contract/inputs.ts';
import { TEXT } from '../text.ts';

/** The screens of the navigation, in its order. Without all of `reads` a screen has nothing to show. */
export const SCREENS = [
  { to: '/sale', title: TEXT.screens.sale, reads: ['stock.level'] },
  { to: '/overview', title: TEXT.screens.overview, reads: ['admin.status'] },
  { to: '/stock', title: TEXT.screens.stock, reads: ['stock.list'] },
  { to: '/orders', title: TEXT.screens.orders, reads: ['orders.list'] },
  { to: '/webhooks', title: TEXT.screens.webhooks, reads: ['webhooks.list'] },
  { to: '/audit', title: TEXT.screens.audit, reads: ['admin.audit'] },
  { to: '/access', title: TEXT.screens.access, reads: ['keys.list', 'sessions.blocks', 'admin.events'] },
] as const satisfies readonly { to: string; title: string; reads: readonly ProcedureName[] }[];
