import type { Settings } from '../../contract/settings.ts';
import { DAY_MS } from '../../domain/limits.ts';
import type { Config } from './config.ts';
import { PRODUCTION_UNITS_MAX } from './settings-table.ts';

/** 0 switches the cap off. */
const sessionUnitsMax = ({ HOLD_UNITS_MAX_SESSION: max, NODE_ENV }: Config): number | undefined =>
  (max ?? (NODE_ENV === 'production' ? PRODUCTION_UNITS_MAX : 0)) || undefined;

/** Returns the settings of the services in a configuration. */
export const settingsOf = (config: Config): Partial<Settings> => ({
  sellAt: config.SELL_AT,
  sourcing: config.SOURCING,
  sessionTtlMs: config.SESSION_TTL_MS,
  holdTtlMs: config.HOLD_TTL_MS,
  holdLifetimeMaxMs: config.HOLD_LIFETIME_MAX_MS,
  cartTtlMs: config.CART_TTL_MS,
  paymentWindowMs: config.PAYMENT_WINDOW_MS,
  paymentWindowMaxMs: config.PAYMENT_WINDOW_MAX_MS,
  lineQuantityMax: config.LINE_QUANTITY_MAX,
  holdCooldownMs: config.HOLD_COOLDOWN_MS ?? (config.NODE_ENV === 'production' ? config.HOLD_TTL_MS : 0),
  holdUnitsMaxSession: sessionUnitsMax(config),
  holdShareMaxClient: config.HOLD_SHARE_MAX_CLIENT || undefined,
  lowStockUnits: config.LOW_STOCK_UNITS,
  orderRetentionMs: config.ORDER_RETENTION_DAYS * DAY_MS,
  unpaidOrderRetentionMs: config.UNPAID_ORDER_RETENTION_DAYS * DAY_MS,
  contactRetentionMs: config.CONTACT_RETENTION_DAYS * DAY_MS,
  orderBounds: {
    session: { open: config.ORDERS_OPEN_MAX_SESSION, daily: config.ORDERS_DAILY_MAX_SESSION },
    client: { open: config.ORDERS_OPEN_MAX_CLIENT, daily: config.ORDERS_DAILY_MAX_CLIENT },
  },
  showStock: config.SHOW_STOCK,
  ledgerRetentionMs: config.LEDGER_RETENTION_DAYS * DAY_MS,
});
