/** `cluster` needs a clone of the repository, which has the script that starts one. */
export const DEMO_STORES = ['embedded', 'redis', 'cluster'] as const;
export const BUYERS_MAX = 1_000_000;
export const DEMO_SHOPS_MAX = 100;
export const UNITS_MAX = 1_000_000_000;

export interface DemoOptions {
  store: (typeof DEMO_STORES)[number];
  /** From 1 to `BUYERS_MAX`. */
  buyers: number;
  /** From 1 to `UNITS_MAX`. */
  units: number;
  /** From 1 to `SHOPS_MAX`. Each of them sells `units`, and the buyers are shared among them. */
  shops: number;
  json: boolean;
  /** Whether the console is opened. Then the shoppers take their time, and the server stays until a signal. */
  console: boolean;
}
