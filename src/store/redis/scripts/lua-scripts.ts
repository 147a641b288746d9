import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { luaConstants } from './lua-constants.ts';
import { BATCH_KEYS, type KeyName } from '../link/redis-keys.ts';

interface ScriptRow {
  keys: readonly KeyName[];
  /** A script with `no-writes` also runs where writes are refused (OOM, a replica, a full disk). */
  writes: boolean;
  /** The script whose file this one shares. In the file, `WRITES` distinguishes the two. */
  file?: string;
}

const LIST_KEYS = BATCH_KEYS.filter((name) => name.startsWith('orders:'));

const INDEX_KEYS: readonly KeyName[] = [
  ...(['meta', 'stock', 'holds', 'docs', 'due:holds', 'due:skus', 'due:docs', 'skus'] as const),
  ...LIST_KEYS,
];

/** The keys of each script, and whether it writes. A test compares both with the beginning of its file. */
export const SCRIPT_ROWS = {
  commit: { keys: BATCH_KEYS, writes: true },
  open: { keys: ['meta'], writes: true },
  'widen-stock': { keys: ['stock'], writes: true },
  'set-clock': { keys: ['meta'], writes: true },
  raise: { keys: ['meta', 'lost'], writes: true },
  fence: { keys: ['meta'], writes: true },
  'keep-lost': { keys: ['meta', 'lost'], writes: true },
  read: { keys: BATCH_KEYS.slice(0, BATCH_KEYS.indexOf('due:docs') + 1), writes: false },
  'list-stock': { keys: ['stock', 'skus'], writes: false },
  'list-holds': { keys: ['holds', 'due:holds'], writes: false },
  'list-documents': { keys: ['docs', 'due:docs', ...LIST_KEYS], writes: false },
  history: { keys: ['stock', 'ledger'], writes: false },
  scan: { keys: ['meta', 'stock', 'holds', 'docs', 'due:docs'], writes: false },
  'check-indexes': { keys: INDEX_KEYS, writes: false },
  'mend-indexes': { keys: INDEX_KEYS, writes: true, file: 'check-indexes' },
  'check-counts': { keys: ['stock', 'docs', 'counts'], writes: false },
  'mend-counts': { keys: ['stock', 'docs', 'counts'], writes: true, file: 'check-counts' },
  'held-counts': { keys: ['counts'], writes: false },
} satisfies Record<string, ScriptRow>;

export type ScriptName = keyof typeof SCRIPT_ROWS;

export const SCRIPT_NAMES = Object.keys(SCRIPT_ROWS) as ScriptName[];

const INCLUDE = /^-- @include ([a-z-]+)$/;

/** Returns the name of a script's file. */
export const fileOf = (name: ScriptName): string => (SCRIPT_ROWS[name] as ScriptRow).file ?? name;

const LUA = fileURLToPath(new URL('../lua', import.meta.url));

/** The paths of all Lua files by their names without `.lua`, which are unique over all folders. */
const PATHS = new Map(
  readdirSync(LUA, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.lua'))
    .map((path) => [basename(path, '.lua'), join(LUA, path)]),
);

export const LUA_NAMES = [...PATHS.keys()];

export function luaSource(name: string): string {
  const path = PATHS.get(name);
  if (path === undefined) throw new Error(`${name}.lua does not exist`);
  return readFileSync(path, 'utf8');
}

/** Returns a script's file with the parts that it includes, and without its first line. */
export function scriptText(name: ScriptName): string {
  return luaSource(fileOf(name))
    .split('\n')
    .slice(1)
    .map((line) => {
      const included = INCLUDE.exec(line)?.[1];
      return included === undefined ? line : luaSource(included);
    })
    .join('\n');
}

const word = (name: ScriptName): string => name.replaceAll('-', '_');

function registration(name: ScriptName): string {
  const { keys, writes }: ScriptRow = SCRIPT_ROWS[name];
  const names = keys.map((key) => `'${key}'`).join(', ');
  const flags = writes ? '' : `'no-writes'`;
  return `register('${word(name)}', { ${names} }, { ${flags} }, function(keys)\nlocal WRITES = ${writes}\n${scriptText(name)}\nend)\n`;
}

/** The parts of the library that every script may use. The last one registers the scripts. */
export const SHARED_PARTS = ['globals', 'numbers', 'chunks', 'library'];

/** The name contains a digest of the text, so that two versions of Holdfast do not call each other's functions. */
function assembleLibrary(): { name: string; text: string } {
  const body = [luaConstants(), ...SHARED_PARTS.map(luaSource), ...SCRIPT_NAMES.map(registration)].join('\n');
  const name = `holdfast_${createHash('sha256').update(body).digest('hex').slice(0, 12)}`;
  return { name, text: `#!lua name=${name}\nlocal LIBRARY = '${name}'\n${body}` };
}

let assembled: ReturnType<typeof assembleLibrary> | null = null;

/**
 * Returns the library of all scripts, with its text for `FUNCTION LOAD`. It is assembled once per process. Redis
 * stores it with the data and compiles it once.
 */
export const library = (): ReturnType<typeof assembleLibrary> => (assembled ??= assembleLibrary());

/** Returns a script with the shared parts, to run by `EVALSHA` instead of a function of the library. */
function standalone(name: ScriptName): { sha: string; text: string } {
  const { keys, writes }: ScriptRow = SCRIPT_ROWS[name];
  const parts = [luaConstants(), ...SHARED_PARTS.filter((part) => part !== 'library').map(luaSource)];
  const given = keys.map((key, index) => `['${key}'] = KEYS[${index + 1}]`).join(', ');
  const text = `#!lua${writes ? '' : ' flags=no-writes'}
${parts.join('\n')}
call, pack, sub, read_bytes, to_bytes, unpack, ipairs = globals()
local WRITES = ${writes}
local function make(keys)\n${scriptText(name)}\nend
return make({ ${given} })(ARGV)\n`;
  return { sha: createHash('sha1').update(text).digest('hex'), text };
}

const standalones = new Map<ScriptName, ReturnType<typeof standalone>>();

/** Returns the text of a script for `SCRIPT LOAD`, and its name for `EVALSHA`. It is assembled once per process. */
export function evalScript(name: ScriptName): ReturnType<typeof standalone> {
  const known = standalones.get(name) ?? standalone(name);
  standalones.set(name, known);
  return known;
}

/** Returns the keys of a script and the name of its function for `FCALL`. */
export function script(name: ScriptName): { keys: readonly KeyName[]; functionName: string } {
  return { keys: SCRIPT_ROWS[name].keys, functionName: `${library().name}_${word(name)}` };
}
