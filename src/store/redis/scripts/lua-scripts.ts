import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { luaConstants } from './lua-constants.ts';
import { KEY_NAMES, type KeyName } from '../link/redis-keys.ts';

interface ScriptRow {
  keys: readonly KeyName[];
  /** `no-writes` scripts run where writes are refused (OOM, a replica, a full disk). */
  writes: boolean;
  /** The script whose file this one shares. The file has `WRITES` to know which of the two it is. */
  file?: string;
}

const LIST_KEYS = KEY_NAMES.filter((name) => name.startsWith('orders:'));

const INDEX_KEYS: readonly KeyName[] = [
  ...(['meta', 'stock', 'holds', 'docs', 'due:holds', 'due:skus', 'due:docs', 'skus'] as const),
  ...LIST_KEYS,
];

/** What each script may touch. Its first line and its header say the same, and a test compares the two. */
export const SCRIPT_ROWS = {
  commit: { keys: KEY_NAMES, writes: true },
  open: { keys: ['meta'], writes: true },
  'set-clock': { keys: ['meta'], writes: true },
  raise: { keys: ['meta'], writes: true },
  read: { keys: KEY_NAMES.slice(0, KEY_NAMES.indexOf('due:docs') + 1), writes: false },
  'list-stock': { keys: ['stock', 'skus'], writes: false },
  'list-holds': { keys: ['holds', 'due:holds'], writes: false },
  'list-documents': { keys: ['docs', 'due:docs', ...LIST_KEYS], writes: false },
  history: { keys: ['stock', 'ledger'], writes: false },
  scan: { keys: ['meta', 'stock', 'holds', 'docs', 'due:docs'], writes: false },
  'check-indexes': { keys: INDEX_KEYS, writes: false },
  'mend-indexes': { keys: INDEX_KEYS, writes: true, file: 'check-indexes' },
  'check-counts': { keys: ['stock', 'docs', 'counts'], writes: false },
  'mend-counts': { keys: ['stock', 'docs', 'counts'], writes: true, file: 'check-counts' },
} satisfies Record<string, ScriptRow>;

export type ScriptName = keyof typeof SCRIPT_ROWS;

export const SCRIPT_NAMES = Object.keys(SCRIPT_ROWS) as ScriptName[];

export interface Script {
  keys: readonly KeyName[];
  /** What `FCALL` takes. */
  functionName: string;
}

export interface ScriptLibrary {
  name: string;
  /** What `FUNCTION LOAD` takes. */
  text: string;
}

/** A function of Lua has 200 locals at most; a part that gives none to the others keeps them to itself. */
const INCLUDE = /^-- @include ([a-z-]+)( \(its locals are its own\))?$/;

/** The name of a script's own file. */
export const fileOf = (name: ScriptName): string => (SCRIPT_ROWS[name] as ScriptRow).file ?? name;

const LUA = fileURLToPath(new URL('../lua', import.meta.url));

/** Each Lua file's path by its name without `.lua`. Names are unique over all folders. */
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

/** A script's own file and the parts that it asks for, without the first line, which a library has only once. */
export function scriptText(name: ScriptName): string {
  return luaSource(fileOf(name))
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, included, isOwn] = INCLUDE.exec(line) ?? [];
      if (included === undefined) return [line];
      return isOwn === undefined ? [luaSource(included)] : ['do', luaSource(included), 'end'];
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

/** What every script of the library may use, in this order; the last registers them. */
export const SHARED_PARTS = ['globals', 'numbers', 'chunks', 'library'];

/** Named after its text, so that processes of two versions do not take each other's. */
function assemble(): ScriptLibrary {
  const body = [luaConstants(), ...SHARED_PARTS.map(luaSource), ...SCRIPT_NAMES.map(registration)].join('\n');
  const name = `holdfast_${createHash('sha256').update(body).digest('hex').slice(0, 12)}`;
  return { name, text: `#!lua name=${name}\nlocal LIBRARY = '${name}'\n${body}` };
}

let assembled: ScriptLibrary | null = null;

/** All scripts together, read and assembled once a process. Redis keeps it with the data and compiles it once. */
export function library(): ScriptLibrary {
  return (assembled ??= assemble());
}

export function script(name: ScriptName): Script {
  return { keys: SCRIPT_ROWS[name].keys, functionName: `${library().name}_${word(name)}` };
}
