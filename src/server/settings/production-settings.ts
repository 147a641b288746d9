import type { Settings } from '../../contract/settings.ts';
import { settingsOf } from './configured-settings.ts';
import { CONFIG_SCHEMA } from './settings-table.ts';

/** The settings of a server with `NODE_ENV=production`: the defaults, and bounds of what one session may hold. */
export const PRODUCTION_SETTINGS: Readonly<Partial<Settings>> = Object.freeze(
  settingsOf(CONFIG_SCHEMA.parse({ NODE_ENV: 'production' })),
);
