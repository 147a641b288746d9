import { Command } from 'ioredis';
import type { ScriptName } from './lua-scripts.ts';
import type { ScriptCalls } from './script-calls.ts';

/**
 * A call of a script with the bytes that ioredis would build. The bytes of a shop's keys are reused, because building
 * them for each call takes longer than the rest of the command.
 */
class ScriptCommand extends Command {
  readonly #bytes: Buffer;

  constructor(command: string, bytes: Buffer) {
    super(command, [], { replyEncoding: null });
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
 * Returns a builder of commands that call a script; each command is sent once. `numbers` is an argument before the
 * others, and each of its characters is a byte.
 */
export function scriptCommands(
  calls: ScriptCalls,
  name: ScriptName,
): (args: readonly string[], numbers?: string) => Command {
  let head: { mode: string; command: string; words: number; text: string } | null = null;
  return (args, numbers) => {
    if (head?.mode !== calls.mode) head = headOf(calls, name);
    const { command, words, text: keyText } = head;
    const [count, text] = numbers === undefined ? [0, ''] : [1, `$${numbers.length}\r\n${numbers}\r\n`];
    const bytes = argumentBytes(`*${words + count + args.length}\r\n${keyText}${text}`, args);
    return new ScriptCommand(command, bytes);
  };
}

function headOf(calls: ScriptCalls, name: ScriptName) {
  const words = calls.words(name);
  const text = Buffer.from(words.map(bulk).join('')).toString('latin1');
  return { mode: calls.mode, command: words[0], words: words.length, text };
}
