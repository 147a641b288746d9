import { Command } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { scriptCommands } from '../../../src/store/redis/scripts/function-command.ts';
import { ScriptCalls, type ScriptMode } from '../../../src/store/redis/scripts/script-calls.ts';

const MODES: readonly ScriptMode[] = ['function', 'evalsha'];

/** Returns the bytes of a call as ioredis builds them, and the calls. */
function theirs(mode: ScriptMode, shop: string, args: readonly (string | Buffer)[]) {
  const calls = new ScriptCalls(shop);
  calls.mode = mode;
  const [command, ...words] = calls.words('commit');
  const bytes = new Command(command, [...words, ...args], { replyEncoding: null }).toWritable({});
  return { calls, text: Buffer.from(bytes).toString('latin1') };
}

describe.each(MODES)('in the mode %s', (mode) => {
  test.each(['', 'x', '\r\n$5', 'Läden ☕'.repeat(9_000)])('writes a call as ioredis would', (argument) => {
    for (const shop of ['main', 'Läden']) {
      const { calls, text } = theirs(mode, shop, [argument, 'text', '']);
      const ours = scriptCommands(calls, 'commit')([argument, 'text', '']).toWritable({});
      expect(ours.toString('latin1')).toBe(text);
    }
  });

  test('writes numbers before the arguments, with one byte for each character', () => {
    const numbers = Buffer.from([0, 13, 10, 127, 128, 255]);
    const { calls, text } = theirs(mode, 'Läden', [numbers, 'Läden ☕', '']);
    const ours = scriptCommands(calls, 'commit')(['Läden ☕', ''], numbers.toString('latin1')).toWritable({});
    expect(ours.toString('latin1')).toBe(text);
  });
});

test('follows a change of the mode', () => {
  const calls = new ScriptCalls('main');
  const commandOf = scriptCommands(calls, 'commit');
  const first = commandOf([]).toWritable({}).toString('latin1');
  calls.mode = 'evalsha';
  expect([first, commandOf([]).toWritable({}).toString('latin1')].map((text) => text.split('\r\n')[2])).toEqual([
    'FCALL',
    'EVALSHA',
  ]);
});
