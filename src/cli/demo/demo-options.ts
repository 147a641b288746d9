import { parseArgs } from 'node:util';

export interface DemoOptions {
  store: 'embedded' | 'redis';
  buyers: number;
  units: number;
  json: boolean;
}

export const USAGE = `usage: ./scripts/demo [--store embedded|redis] [--buyers N] [--units N] [--json]

Runs a flash sale against the real server. Needs only Node and a fresh clone: installs the dependencies, starts the
server, lets shoppers buy over HTTP, audits every unit, and exits with 1 if anything is wrong.

  --store embedded|redis  the store (default: embedded)
  --buyers N              the number of shoppers (default: 10000)
  --units N               the units on sale (default: 500)
  --json                  print the result as one JSON object at the end
  --help                  print this help`;
const BUYERS_MAX = 1_000_000;
const UNITS_MAX = 1_000_000_000;

export const isHelpWanted = (args: readonly string[]): boolean => args.includes('--help') || args.includes('-h');

/** Returns the options. Throws an `Error` with a message for the user if the arguments are wrong. */
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
    buyers: wholeOption('buyers', values.buyers, BUYERS_MAX),
    units: wholeOption('units', values.units, UNITS_MAX),
  };
}

function wholeOption(name: string, text: string, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new Error(`--${name} takes a whole number from 1 to ${max}`);
}
