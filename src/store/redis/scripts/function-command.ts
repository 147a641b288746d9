import { Command } from 'ioredis';
import { script, type ScriptName } from './lua-scripts.ts';
import { shopKey } from '../link/redis-keys.ts';

/**
 * A call of a function with the bytes that ioredis would build. The bytes of a shop's keys are reused, because building
 * them for each call takes longer than the rest of the command.
 */
class FunctionCommand extends Command {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    super('FCALL', [], { replyEncoding: null });
    this.#bytes = bytes;
  }

  override toWritable(): Buffer {
    return this.#bytes;
  }
}

/**
 * Returns the bytes of `head`, one for each character, and of the arguments in UTF-8. Counting the bytes of each
 * argument would take a tenth of the time for a transaction. So they are counted together, because most are ASCII.
 */
function argumentBytes(head: string, args: readonly string[]): Buffer {
  let text = '';
  for (const argument of args) text += `$${argument.length}\r\n${argument}\r\n`;
  if (Buffer.byteLength(text) !== text.length) text = args.map(bulk).join('');
  const bytes = Buffer.allocUnsafe(head.length + Buffer.byteLength(text));
  bytes.write(head, 'latin1');
  bytes.write(text, head.length);
  return bytes;
}

const bulk = (part: string): string => `$${Buffer.byteLength(part)}\r\n${part}\r\n`;

/**
 * Returns a builder of commands that call a function of a shop; each command is sent once. `numbers` is an argument
 * before the others, and each of its characters is a byte.
 */
export function functionCommands(
  shop: string,
  name: ScriptName,
): (args: readonly string[], numbers?: string) => Command {
  const { keys, functionName } = script(name);
  const parts = ['FCALL', functionName, String(keys.length), ...keys.map((key) => shopKey(shop, key))];
  const keyText = Buffer.from(parts.map(bulk).join('')).toString('latin1');
  return (args, numbers) => {
    const [count, text] = numbers === undefined ? [0, ''] : [1, `$${numbers.length}\r\n${numbers}\r\n`];
    return new FunctionCommand(argumentBytes(`*${parts.length + count + args.length}\r\n${keyText}${text}`, args));
  };
}
