export const DEMO_STORES = ['embedded', 'redis'] as const;
export const BUYERS_MAX = 1_000_000;
export const UNITS_MAX = 1_000_000_000;

export interface DemoOptions {
  store: (typeof DEMO_STORES)[number];
  /** From 1 to `BUYERS_MAX`. */
  buyers: number;
  /** From 1 to `UNITS_MAX`. */
  units: number;
  json: boolean;
  /** Whether the console is opened. Then the shoppers take their time, and the server stays until a signal. */
  console: boolean;
}
