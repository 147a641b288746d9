import { expect, test } from 'vitest';
import { DETAIL } from '../../console/src/detail-text.ts';
import { TEXT } from '../../console/src/text.ts';

type Say = (...args: unknown[]) => unknown;

/** Returns the functions of a text that build sentences, by their paths. */
function saysOf(text: object, path = ''): [string, Say][] {
  return Object.entries(text).flatMap(([name, each]: [string, unknown]) => {
    if (typeof each === 'function') return [[`${path}${name}`, each as Say]] as [string, Say][];
    return typeof each === 'object' && each !== null ? saysOf(each, `${path}${name}.`) : [];
  });
}

/** What a refusal or a sentence is called with: each number of it is 1. */
const everyFieldIs1 = new Proxy({}, { get: (_, name) => (name === 'lines' || name === 'issues' ? [] : 1) });

function said(say: Say, args: unknown[]): string {
  try {
    return [say(...args)].flat().join(' ');
  } catch {
    // A sentence without numbers, about names.
    return '';
  }
}

const MANY = ['unit', 'hold', 'holder', 'event', 'request', 'call', 'row', 'line', 'order', 'reservation', 'violation']
  .concat(['entrie', 'movement', 'dead letter', 'new SKU', 'SKU', 'endpoint', 'scope', 'day', 'other', 'kind', 'key'])
  .join('|');
const WRONG = new RegExp(`(?<!of |[\\d,.])1 (?:(?:${MANY})s\\b|(?:are|were|have|belong|fail|wait|end)\\b)`);

test('speaks of one thing in the singular', () => {
  const says = [...saysOf(TEXT, 'TEXT.'), ...saysOf(DETAIL, 'DETAIL.')];
  const arguments_ = [
    [1, 1, 1, 1],
    ['1', '1', '1'],
    [everyFieldIs1, 1, 1],
    ['it', 1, 1, 1],
    [1, 'it', 'it'],
    [['it'], 1, {}],
  ];
  const wrong = says.flatMap(([name, say]) =>
    arguments_.map((args) => `${name}: ${said(say, args)}`).filter((sentence) => WRONG.test(sentence)),
  );
  expect(says.length).toBeGreaterThan(200);
  expect([...new Set(wrong)]).toEqual([]);
});

test('says nothing about a name that is not typed yet', () => {
  const sentences = [
    ...DETAIL.webhooks.addEffects(''),
    ...DETAIL.webhooks.addSomeEffects('', 2),
    ...DETAIL.access.createEffects('', 1, null),
    ...DETAIL.access.blockEffects(''),
  ];
  expect(sentences.filter((sentence) => /“”| [.,]|\s{2}/.test(sentence))).toEqual([]);
});
