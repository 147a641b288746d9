import { expect, test } from 'vitest';
import { type Log, logWith, OutageLog, SILENT } from '../../src/transact/log.ts';

const LINES = { failed: 'the store is away', recovered: 'the store is back' };

function listed() {
  const lines: [level: string, fields: object, message: string][] = [];
  const write = (level: string) => (fields: object, message: string) => void lines.push([level, fields, message]);
  const log: Log = { info: write('info'), warn: write('warn'), error: write('error') };
  return { log, debug: write('debug'), lines };
}

function outageLog() {
  const { log, lines } = listed();
  return { outages: new OutageLog(log, LINES), lines };
}

test('logs the beginning and the end of an outage once, for each subject', () => {
  const { outages, lines } = outageLog();
  outages.note(false, {});
  for (let count = 0; count < 3; count += 1) outages.note(true, { count });
  outages.note(true, {}, 'other');
  expect([outages.isFailing(), outages.isFailing('other'), outages.isFailing('none')]).toEqual([true, true, false]);
  for (let count = 3; count < 5; count += 1) outages.note(false, { count });
  expect([outages.isFailing(), outages.isFailing('other')]).toEqual([false, true]);
  expect(lines).toEqual([
    ['warn', { count: 0 }, LINES.failed],
    ['warn', {}, LINES.failed],
    ['info', { count: 3 }, LINES.recovered],
  ]);
});

test('returns the result of work, and null for work that fails', async () => {
  const { outages, lines } = outageLog();
  const error = new Error('no answer');
  expect(await outages.attempt(() => Promise.reject(error), { sku: 'A' }, 'A')).toBeNull();
  expect(outages.isFailing('A')).toBe(true);
  expect(await outages.attempt(async () => 'done', { sku: 'A' }, 'A')).toBe('done');
  expect(await outages.attempt(async () => 'again')).toBe('again');
  expect(lines).toEqual([
    ['warn', { err: error, sku: 'A' }, LINES.failed],
    ['info', { sku: 'A' }, LINES.recovered],
  ]);
});

test('a log with added fields writes them in each line, where the fields of the line win', () => {
  const { log, debug, lines } = listed();
  const added = logWith({ ...log, debug }, { shop: 'main', sku: 'none' });
  for (const level of ['debug', 'info', 'warn', 'error'] as const) added[level]?.({ sku: 'A' }, `a ${level}`);
  expect(lines).toEqual(
    ['debug', 'info', 'warn', 'error'].map((level) => [level, { shop: 'main', sku: 'A' }, `a ${level}`]),
  );
  expect(logWith(log, {})).not.toHaveProperty('debug');
  expect(logWith(SILENT, {})).not.toHaveProperty('debug');
});
