import { parseArgs } from 'node:util';
import type { Definition, Options } from './toolkit/definition.ts';
import { SCENARIOS } from './scenarios/registry.ts';
import { STORES } from './toolkit/load-shop.ts';

export interface Arguments {
  definition: Definition;
  store: (typeof STORES)[number];
  /** The URL of an existing server. */
  at: { url: string; operatorKey: string } | null;
  options: Options;
  /** Replaces the allowed latency factor of the scenario. */
  factor: number | null;
  /** Whether findings about latency also decide the exit code. */
  strictLatency: boolean;
}

/** A wrong argument, explained in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const USAGE = [
  'usage: npm run load -- SCENARIO [--store embedded|redis|cluster] [--factor N] [--strict-latency] [--OPTION N ...]',
  '       npm run load -- SCENARIO --url URL --operator-key KEY [--OPTION N ...]',
  '',
  'Exit codes: 0 everything is correct; 1 something is wrong; 2 wrong arguments; 3 correct, but slow (with --strict-latency).',
  '',
  ...SCENARIOS.flatMap(({ name, about, options }) => [
    `  ${name.padEnd(14)} ${about}`,
    ...Object.entries(options).map(
      ([option, { preset, about }]) => `${' '.repeat(17)}${`--${option}`.padEnd(18)} ${about} (${preset})`,
    ),
  ]),
].join('\n');

const isStore = (text: string): text is Arguments['store'] => STORES.some((store) => store === text);

/** Returns the parsed arguments. Throws `UsageError`. */
export function readArguments(args: string[]): Arguments {
  const [name, ...rest] = args;
  const definition = SCENARIOS.find((scenario) => scenario.name === name);
  if (!definition) throw new UsageError(name === undefined ? 'which scenario?' : `there is no scenario ${name}`);
  const { values, strictLatency } = parse(rest, definition);
  const { store = 'embedded', url, factor } = values;
  if (!isStore(store)) throw new UsageError('--store takes embedded, redis or cluster');
  if (url !== undefined && values.store !== undefined) throw new UsageError('--store and --url exclude each other');
  return {
    definition,
    store,
    at: url === undefined ? null : deployment(url, values['operator-key'], definition),
    options: Object.fromEntries(
      Object.entries(definition.options).map(([option, { preset, min, max }]) => [
        option,
        values[option] === undefined ? preset : whole(option, values[option], min, max),
      ]),
    ),
    factor: factor === undefined ? null : whole('factor', factor, 1, 1_000_000),
    strictLatency,
  };
}

interface Parsed {
  values: Record<string, string | undefined>;
  strictLatency: boolean;
}

function parse(args: string[], { options }: Definition): Parsed {
  const names = ['store', 'url', 'operator-key', 'factor', ...Object.keys(options)];
  try {
    const texts = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
    const { values } = parseArgs({ args, options: { ...texts, [STRICT]: { type: 'boolean', default: false } } });
    const { [STRICT]: strictLatency, ...rest } = values;
    return { values: rest as Parsed['values'], strictLatency: strictLatency === true };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

const STRICT = 'strict-latency';

function deployment(url: string, operatorKey: string | undefined, { name, ownOnly }: Definition) {
  if (ownOnly !== undefined) throw new UsageError(`${name} cannot be run with --url: ${ownOnly}`);
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new UsageError('--url takes an http or https URL');
  }
  const key = operatorKey ?? process.env['OPERATOR_KEY'];
  if (!key) throw new UsageError('--url needs --operator-key, or OPERATOR_KEY in the environment');
  return { url, operatorKey: key };
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}`);
}
