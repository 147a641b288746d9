import { Command } from 'ioredis';
import { expect, test } from 'vitest';
import { functionCommands } from '../../../src/store/redis/function-command.ts';
import { script } from '../../../src/store/redis/lua-scripts.ts';
import { shopKey } from '../../../src/store/redis/redis-keys.ts';

test.each([0, 1, 5, 70_000])('a call with %i bytes is what ioredis would write', (length) => {
  const argument = Buffer.alloc(length, '\r\n');
  for (const shop of ['main', 'Läden']) {
    const { keys, functionName } = script('commit');
    const args = [functionName, keys.length, ...keys.map((key) => shopKey(shop, key)), argument, 'text', ''];
    const theirs = new Command('FCALL', args, { replyEncoding: null }).toWritable({});
    expect(functionCommands(shop, 'commit')([argument, 'text', '']).toWritable({}).toString('latin1')).toBe(
      Buffer.from(theirs).toString('latin1'),
    );
  }
});
