import type { Redis } from 'ioredis';
import type { Argument } from '../link/redis-link.ts';
import type { SendCommand } from '../link/requirements.ts';
import { shopKey } from '../link/redis-keys.ts';
import { evalScript, library, SCRIPT_NAMES, script, type ScriptName } from './lua-scripts.ts';

/**
 * `function`: functions of one library (`FCALL`). `evalsha`: a separate script for each call, for a server without
 * `FUNCTION`.
 */
export type ScriptMode = 'function' | 'evalsha';

/**
 * How a store calls its scripts, and loads them. The same Lua runs in both modes. A script creates all its functions
 * again at each call, so the mode `evalsha` is slower.
 */
export class ScriptCalls {
  readonly #shop: string;
  /** Known before a connection serves. */
  mode: ScriptMode = 'function';

  constructor(shop: string) {
    this.#shop = shop;
  }

  /** Returns the words of a call before its arguments. The first one is the command. */
  words(name: ScriptName): [command: 'FCALL' | 'EVALSHA', ...words: string[]] {
    const { keys, functionName } = script(name);
    const named = [String(keys.length), ...keys.map((key) => shopKey(this.#shop, key))];
    return this.mode === 'function' ? ['FCALL', functionName, ...named] : ['EVALSHA', evalScript(name).sha, ...named];
  }

  /** Calls a script over a connection that is being opened. */
  run(redis: Redis, name: ScriptName, args: readonly Argument[]): Promise<unknown> {
    const [command, ...words] = this.words(name);
    return redis.call(command, ...words, ...args);
  }

  /** Loads what the server does not have. Loading functions is a write; a full Redis that has them can be read. */
  async load(send: SendCommand): Promise<void> {
    await (this.mode === 'function' ? loadLibrary(send) : loadScripts(send));
  }
}

async function loadLibrary(send: SendCommand): Promise<void> {
  const { name, text } = library();
  const found = (await send('FUNCTION', ['LIST', 'LIBRARYNAME', name])) as unknown[];
  if (found.length === 0) await send('FUNCTION', ['LOAD', 'REPLACE', text]);
}

async function loadScripts(send: SendCommand): Promise<void> {
  const scripts = SCRIPT_NAMES.map(evalScript);
  const found = (await send('SCRIPT', ['EXISTS', ...scripts.map(({ sha }) => sha)])) as unknown[];
  const missing = scripts.filter((_, index) => Number(found[index]) === 0);
  await Promise.all(missing.map(({ text }) => send('SCRIPT', ['LOAD', text])));
}
