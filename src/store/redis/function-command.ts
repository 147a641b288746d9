import { Command } from 'ioredis';
import { script, type ScriptName } from './lua-scripts.ts';
import { shopKey } from './redis-keys.ts';

const LINE_END = Buffer.from('\r\n');

/**
 * A call of a function with one argument, in the bytes that ioredis would make of it. A shop's keys are the same with each
 * call, and making their bytes anew takes longer than all the rest of a command.
 */
class FunctionCommand extends Command {
  readonly #bytes: Buffer;

  constructor(head: Buffer, argument: Buffer) {
    super('FCALL', [], { replyEncoding: null });
    this.#bytes = Buffer.concat([head, Buffer.from(`$${argument.length}\r\n`), argument, LINE_END]);
  }

  override toWritable(): Buffer {
    return this.#bytes;
  }
}

/** Makes the commands that call a function of a shop, each for one sending. */
export function functionCommands(shop: string, name: ScriptName): (argument: Buffer) => Command {
  const { keys, functionName } = script(name);
  const parts = ['FCALL', functionName, String(keys.length), ...keys.map((key) => shopKey(shop, key))];
  const bulk = (part: string): string => `$${Buffer.byteLength(part)}\r\n${part}\r\n`;
  const head = Buffer.from(`*${parts.length + 1}\r\n${parts.map(bulk).join('')}`);
  return (argument) => new FunctionCommand(head, argument);
}
