import { Command } from 'ioredis';
import { expect, test } from 'vitest';
import { functionCommands } from '../../../src/store/redis/scripts/function-command.ts';
import { script } from '../../../src/store/redis/scripts/lua-scripts.ts';
import { shopKey } from '../../../src/store/redis/link/redis-keys.ts';

test.each(['', 'x', '\r\n$5', 'Läden ☕'.repeat(9_000)])('writes a call as ioredis would', (argument) => {
  for (const shop of ['main', 'Läden']) {
    const { keys, functionName } = script('commit');
    const args = [functionName, keys.length, ...keys.map((key) => shopKey(shop, key)), argument, 'text', ''];
    const theirs = new Command('FCALL', args, { replyEncoding: null }).toWritable({});
    expect(functionCommands(shop, 'commit')([argument, 'text', '']).toWritable({}).toString('latin1')).toBe(
      Buffer.from(theirs).toString('latin1'),
    );
  }
});

test('writes numbers before the arguments, with one byte for each character', () => {
  const { keys, functionName } = script('commit');
  const numbers = Buffer.from([0, 13, 10, 127, 128, 255]);
  const args = [functionName, keys.length, ...keys.map((key) => shopKey('Läden', key)), numbers, 'Läden ☕', ''];
  const theirs = new Command('FCALL', args, { replyEncoding: null }).toWritable({});
  const ours = functionCommands('Läden', 'commit')(['Läden ☕', ''], numbers.toString('latin1')).toWritable({});
  expect(ours.toString('latin1')).toBe(Buffer.from(theirs).toString('latin1'));
});
