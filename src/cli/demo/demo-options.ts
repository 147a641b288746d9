import { parseArgs } from 'node:util';

export interface DemoOptions {
  store: 'embedded' | 'redis';
  buyers: number;
  units: number;
  json: boolean;
}

export const USAGE = `usage: ./scripts/demo [--store embedded|redis] [--buyers N] [--units N] [--json]

A flash sale against the real server, from a fresh clone with nothing but Node: sets up what it needs, starts the server,
lets shoppers buy over real HTTP, audits every unit, and exits with 1 if anything is wrong.

  --store embedded|redis  where the shop is kept (embedded)
  --buyers N              shoppers (10000)
  --units N               units on sale (500)
  --json                  prints one object last, for scripts
  --help                  prints this`;
const BUYERS_MAX = 1_000_000;
const UNITS_MAX = 1_000_000_000;

export const isHelpWanted = (args: readonly string[]): boolean => args.includes('--help') || args.includes('-h');

/** Throws an `Error` whose message says what is wrong with the arguments. */
export function demoOptions(args: string[]): DemoOptions {
  const { values } = parseArgs({
    args,
    options: {
      store: { type: 'string', default: 'embedded' },
      buyers: { type: 'string', default: '10000' },
      units: { type: 'string', default: '500' },
      json: { type: 'boolean', default: false },
    },
  });
  const { store, json } = values;
  if (store !== 'embedded' && store !== 'redis') throw new Error('--store takes embedded or redis');
  return {
    store,
    json,
    buyers: whole('buyers', values.buyers, BUYERS_MAX),
    units: whole('units', values.units, UNITS_MAX),
  };
}

function whole(name: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new Error(`--${name} takes a whole number from 1 to ${max}`);
}
