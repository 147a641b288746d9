import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { freePort } from './support/free-port.ts';
import { stackOf, threadsOf } from './support/stalled-process.ts';

test.each([
  ['a loop without an end', 'function standsStill() { for (;;) Math.sqrt(2); }'],
  [
    'a loop that awaits what is there',
    'async function standsStill() { for (;;) { await null; for (let n = 0; n < 1e7; n += 1) Math.sqrt(n); } }',
  ],
])('shows the stack and the threads of a process that is in %s', async (_name, loop) => {
  const port = await freePort();
  const args = [`--inspect-port=${port}`, '-e', `${loop} console.log('begins'); standsStill();`];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await once(child.stdout, 'data');
    expect(threadsOf(child.pid!)).toMatch(new RegExp(`^${child.pid} node, `));
    expect(await stackOf(child.pid!, port)).toMatch(/#\d standsStill /);
  } finally {
    child.kill('SIGKILL');
  }
});
