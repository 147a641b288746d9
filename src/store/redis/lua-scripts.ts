import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { KEY_NAMES, KEY_TYPES, type KeyName } from './redis-keys.ts';

interface ScriptRow {
  keys: readonly KeyName[];
  /** `no-writes` scripts run where writes are refused (OOM, a replica, a full disk). */
  writes: boolean;
}

const LIST_KEYS = KEY_NAMES.filter((name) => name.startsWith('orders:'));

/** What each script may touch. Its first line and its header say the same, and a test compares the two. */
export const SCRIPT_ROWS = {
  apply: { keys: KEY_NAMES, writes: true },
  open: { keys: ['meta'], writes: true },
  read: { keys: KEY_NAMES.slice(0, KEY_NAMES.indexOf('due:docs') + 1), writes: false },
  'list-stock': { keys: ['stock', 'skus'], writes: false },
  'list-holds': { keys: ['holds', 'due:holds'], writes: false },
  'list-documents': { keys: ['docs', 'due:docs', ...LIST_KEYS], writes: false },
  history: { keys: ['stock', 'ledger'], writes: false },
  scan: { keys: ['meta', 'stock', 'holds', 'docs', 'due:docs'], writes: false },
} satisfies Record<string, ScriptRow>;

export type ScriptName = keyof typeof SCRIPT_ROWS;

export interface Script {
  name: ScriptName;
  keys: readonly KeyName[];
  text: string;
  sha: string;
}

const INCLUDE = /^-- @include ([a-z-]+)$/;

export function luaSource(name: string): string {
  return readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
}

/** Puts a script together: its own file, with its keys by name and its parts where it asks for them. */
function assemble(name: ScriptName): Script {
  const { keys }: ScriptRow = SCRIPT_ROWS[name];
  const text = luaSource(name)
    .split('\n')
    .flatMap((line) => {
      const included = INCLUDE.exec(line)?.[1];
      if (included !== undefined) return [luaSource(included)];
      return line === '-- @keys' ? keyTables(keys) : [line];
    })
    .join('\n');
  return { name, keys, text, sha: createHash('sha1').update(text).digest('hex') };
}

function keyTables(keys: readonly KeyName[]): string[] {
  const names = keys.map((name, index) => `['${name}'] = KEYS[${index + 1}]`);
  const types = keys.filter((name) => name !== 'alarm').map((name) => `['${name}'] = '${KEY_TYPES[name]}'`);
  return [`local keys = { ${names.join(', ')} }`, `local types = { ${types.join(', ')} }`];
}

const assembled = new Map<ScriptName, Script>();

/** The script, read and assembled once a process. */
export function script(name: ScriptName): Script {
  const known = assembled.get(name);
  if (known) return known;
  const made = assemble(name);
  assembled.set(name, made);
  return made;
}
