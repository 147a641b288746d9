import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runToEnd, startProcess } from '../support/built-server.ts';
import { poll } from '../support/poll.ts';
import { HttpCaller, must } from '../support/http-caller.ts';
import { OPERATOR_KEY } from '../support/server-process.ts';
import { tempDir } from '../support/temp-dir.ts';

const FAULTS: [string, (dir: string, data: string) => void][] = [
  ['the data file is deleted', (dir) => rmSync(join(dir, 'data.mdb'))],
  ['the data file is moved', (dir) => renameSync(join(dir, 'data.mdb'), join(dir, 'old.mdb'))],
  ['the directory is deleted', (dir) => rmSync(dir, { recursive: true })],
  ['the directory is moved', (dir, data) => renameSync(dir, data)],
  [
    'the data file is replaced by a copy',
    (dir) => {
      cpSync(join(dir, 'data.mdb'), join(dir, 'copy.mdb'));
      renameSync(join(dir, 'copy.mdb'), join(dir, 'data.mdb'));
    },
  ],
  ['the lock file is deleted', (dir) => rmSync(join(dir, 'holdfast.lock'))],
];

test.each(FAULTS)(
  'when %s, the server acknowledges nothing and is not ready',
  { timeout: 120_000 },
  async (_name, happen) => {
    await using home = await tempDir();
    const dir = join(home.path, 'data');
    const settings = { DATA_DIR: dir, OPERATOR_KEY };
    await using server = await startProcess(settings);
    const operator = new HttpCaller(server.url).asOperator();
    must(await operator.mutate('stock.define', { sku: 'A' }));
    happen(dir, join(home.path, 'elsewhere'));
    const refused = await operator.mutate('stock.receive', {
      sku: 'A',
      quantity: 1,
      idempotencyKey: 'after-the-fault',
    });
    expect(refused).toMatchObject({ ok: false });
    const ready = await poll(async () => {
      const answer = await fetch(`${server.url}/health/ready`);
      return answer.status === 503 && (await answer.text());
    });
    expect(ready).toMatch(/while the shop had it open/);
    expect(server.stdout()).toMatch(/"level":50[^\n]*while the shop had it open: nothing is acknowledged any more/);
    const second = await runToEnd({ ...settings, PORT: '0' });
    expect(second.code).toBe(3);
    expect(second.err).toMatch(/^holdfast: [^\n]* is (in use|held) by [^\n]*\n$/);
  },
);

test('a start on a moved directory is refused and leaves no files, and the shop starts when it is moved back', {
  timeout: 120_000,
}, async () => {
  await using home = await tempDir();
  const [dir, moved] = [join(home.path, 'data'), join(home.path, 'moved')];
  const settings = { DATA_DIR: dir, OPERATOR_KEY };
  const isNew = (text: string) =>
    text.includes(`"level":40`) && text.includes(`no shop was found in ${dir}, a new one`);
  await using first = await startProcess(settings);
  expect(isNew(first.stdout())).toBe(true);
  must(await new HttpCaller(first.url).asOperator().mutate('stock.define', { sku: 'A' }));
  renameSync(dir, moved);
  expect((await runToEnd({ ...settings, PORT: '0' })).code).toBe(3);
  await first.end('SIGTERM');
  expect(existsSync(dir)).toBe(false);
  renameSync(moved, dir);
  await using again = await startProcess(settings);
  expect(isNew(again.stdout())).toBe(false);
  expect(await new HttpCaller(again.url).asOperator().query('stock.level', { sku: 'A' })).toMatchObject({ ok: true });
});

test('a start that is refused because of its path leaves an empty directory empty', { timeout: 60_000 }, async () => {
  await using home = await tempDir();
  const dir = join(home.path, 'data');
  await using _first = await startProcess({ DATA_DIR: dir, OPERATOR_KEY });
  renameSync(dir, join(home.path, 'moved'));
  mkdirSync(dir);
  const second = await runToEnd({ DATA_DIR: dir, OPERATOR_KEY, PORT: '0' });
  expect(second).toMatchObject({ code: 3, err: expect.stringContaining('opened a directory at this path earlier') });
  expect(readdirSync(dir)).toEqual([]);
});
