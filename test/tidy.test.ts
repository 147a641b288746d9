import { describe, expect, test, vi } from 'vitest';
import {
  ambientFaults,
  anyFaults,
  basenameFaults,
  commentedOutFaults,
  fileLengthFaults,
  folderSizeFaults,
  functionLengthFaults,
  impureFaults,
  keyedAnswerFaults,
  parkedFaults,
  SHARED_NAMES_MAX,
  sharedNameFaults,
  silencedFaults,
} from './support/code-rules.ts';
import { consoleFaults, withoutEntry } from './support/console-rules.ts';
import { circleFaults, importFaults } from './support/import-rules.ts';
import { languageFaults } from './support/language-rules.ts';
import { luaFaults } from './support/lua-rules.ts';
import { readFiles, readTree, type SourceTree } from './support/source-tree.ts';

// The first rules parse all files, which takes a busy machine many times as long as an idle one.
vi.setConfig({ testTimeout: 300_000 });

const code = readTree('src', '.ts');
const lua = readTree('src', '.lua');
const operatorConsole: SourceTree = new Map([...readTree('console/src', '.ts'), ...readTree('console/src', '.tsx')]);
/** The English text of the console is in two files, which have as many lines as they need. */
const isText = (path: string): boolean => /^console\/src\/(?:detail-)?text\.ts$/.test(path);
const consoleCode: SourceTree = new Map([...operatorConsole].filter(([path]) => !isText(path)));
const trees = ['src', 'test', 'bench', 'load-tests'].map((folder) => readTree(folder, '.ts'));
const everything: SourceTree = new Map([
  ...trees.flatMap((tree) => [...tree]),
  ...lua,
  ...operatorConsole,
  ...readTree('scripts', '.js'),
  ...readTree('examples', '.ts'),
  ...readTree('examples', '.tsx'),
]);
/** All texts of this repository that people read: code with its comments, scripts, and pages. */
const texts: SourceTree = new Map([
  ...everything,
  ...readTree('scripts', ''),
  ...readTree('docs', '.md'),
  ...readFiles('README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'load-tests/README.md'),
  ...readTree('examples', '.md'),
  ...readTree('console', '.md'),
  ...readTree('console', '.css'),
]);

describe('the source tree', () => {
  test('has imports in one direction', () =>
    expect([...importFaults(code), ...consoleFaults(operatorConsole)]).toEqual([]));
  test('has no circle of files or folders', () =>
    expect([...trees, withoutEntry(operatorConsole)].flatMap(circleFaults)).toEqual([]));
  test('has a pure domain', () => expect(impureFaults(code)).toEqual([]));
  test('has no ambient time, timers and randomness in what is simulated', () =>
    expect(ambientFaults(code)).toEqual([]));
  test('has short files', () => expect(fileLengthFaults(new Map([...code, ...lua, ...consoleCode]))).toEqual([]));
  test('has short functions', () => expect(functionLengthFaults(new Map([...code, ...consoleCode]))).toEqual([]));
  test('has small folders', () => expect(folderSizeFaults(new Map([...code, ...lua]))).toEqual([]));
  test('has top-level names of one file each, but for a few', () => expect(sharedNameFaults(code)).toEqual([]));
  test('has unique file names', () =>
    expect([[...code.keys(), ...lua.keys()], [...operatorConsole.keys()]].flatMap(basenameFaults)).toEqual([]));
  test('has no type any', () => expect(anyFaults(new Map([...everythingIn('.ts'), ...operatorConsole]))).toEqual([]));
  test('has no answer with arbitrary keys', () => expect(keyedAnswerFaults(code)).toEqual([]));
  test('has no parked work', () => expect(parkedFaults(everything)).toEqual([]));
  test('has no suppressed check', () => expect(silencedFaults(new Map([...code, ...operatorConsole]))).toEqual([]));
  test('has no commented-out code', () => expect(commentedOutFaults(everything)).toEqual([]));
  test('has Lua files that declare their keys', () => expect(luaFaults(lua)).toEqual([]));
  test('has texts in plain English', () => expect(languageFaults(texts)).toEqual([]));
});

function everythingIn(suffix: string): SourceTree {
  return new Map([...everything].filter(([path]) => path.endsWith(suffix)));
}

type Rule = (tree: SourceTree) => string[];
const body = (lines: number) => Array.from({ length: lines }, (_, line) => `  step(${line});`).join('\n');
const bad = (rule: Rule, path: string, text: string, fault: string | RegExp) => ({ rule, path, text, fault });

// Each rule is tested with text that it must refuse.
const refused = [
  bad(importFaults, 'src/domain/a.ts', `import { b } from '../store/b.ts';`, 'domain may not import store'),
  bad(importFaults, 'src/domain/a.ts', `import { readFile } from 'node:fs';`, 'domain is pure'),
  bad(importFaults, 'src/actor/a.ts', `import type { B } from '../domain/b.ts';`, 'actor may not import domain'),
  bad(importFaults, 'src/actor/a.ts', `type B = import('../store/b.ts').B;`, 'actor may not import store'),
  bad(importFaults, 'src/shop/a.ts', `export { b } from '../api/b.ts';`, 'shop may not import api'),
  bad(importFaults, 'src/api/a.ts', `const b = await import('../server/b.ts');`, 'api may not import server'),
  bad(importFaults, 'src/client/a.ts', `import { b } from '../api/b.ts';`, 'client imports types only'),
  bad(importFaults, 'src/client/a.ts', `import type { B } from '../shop/b.ts';`, 'client may not import shop'),
  bad(importFaults, 'src/server/a.ts', `import { b } from '../store/redis/b.ts';`, 'only src/server/compose.ts'),
  bad(importFaults, 'src/store/redis/a.ts', `import { b } from '../embedded/b.ts';`, 'only src/server/compose.ts'),
  bad(importFaults, 'src/server/a.ts', `import { b } from '../../test/b.ts';`, 'leaves src'),
  bad(importFaults, 'src/util/a.ts', '', 'is in no room'),
  bad(consoleFaults, 'console/src/parts/a.tsx', `import { b } from '../live/b.ts';`, 'parts may not import live'),
  bad(consoleFaults, 'console/src/live/a.ts', `import { b } from '../../../src/shop/b.ts';`, 'only the client'),
  bad(consoleFaults, 'console/src/live/a.ts', `import { b } from 'node:fs';`, 'leaves the console'),
  bad(consoleFaults, 'console/src/screens/a/a.tsx', `import { b } from '../b/b.tsx';`, 'may not import another one'),
  bad(consoleFaults, 'console/src/misc/a.ts', '', 'is in no room'),
  bad(consoleFaults, 'console/src/live/a.ts', 'const now = useState(Date.now);', 'reads a clock'),
  bad(consoleFaults, 'console/src/parts/a.tsx', 'const year = new Date().getFullYear();', 'reads a clock'),
  bad(circleFaults, 'src/domain/a.ts', `import { a } from './a.ts';`, 'circle: src/domain/a.ts -> src/domain/a.ts'),
  bad(impureFaults, 'src/domain/a.ts', 'const now = Date.now();', 'Date'),
  bad(impureFaults, 'src/domain/a.ts', 'const id = Math.random();', 'Math.random'),
  bad(ambientFaults, 'src/actor/a.ts', 'const since = performance.now();', 'performance is not an argument'),
  bad(ambientFaults, 'src/actor/a.ts', 'setImmediate(dispatch);', 'setImmediate'),
  bad(ambientFaults, 'src/transact/a.ts', `import { setTimeout as sleep } from 'node:timers/promises';`, 'setTimeout'),
  bad(ambientFaults, 'src/transact/a.ts', `import { randomBytes } from 'node:crypto';`, 'randomBytes'),
  bad(ambientFaults, 'src/shop/expiry/a.ts', 'const at = new Date().getTime();', 'new Date()'),
  bad(ambientFaults, 'src/shop/expiry/a.ts', `import { pause } from '../../runtime/pause.ts';`, 'pause.ts'),
  bad(ambientFaults, 'src/store/memory/a.ts', 'const at = Date.now();', 'Date.now'),
  bad(ambientFaults, 'src/transact/a.ts', 'const clock = SYSTEM_RUNTIME;', 'SYSTEM_RUNTIME'),
  bad(fileLengthFaults, 'src/domain/a.ts', body(301), '301 lines'),
  bad(functionLengthFaults, 'src/domain/a.ts', `function a() {\n${body(39)}\n}`, 'a function of 41 lines'),
  bad(functionLengthFaults, 'src/domain/a.ts', `const a = () => {\n${body(39)}\n};`, 'a function of 41 lines'),
  bad(functionLengthFaults, 'src/domain/a.ts', `class A {\n  a() {\n${body(39)}\n  }\n}`, 'a function of 41 lines'),
  bad(anyFaults, 'src/domain/a.ts', 'const a = b as any;', 'any'),
  bad(keyedAnswerFaults, 'src/contract/inputs/inputs.ts', 'z.record(sku, units)', 'z.record('),
  bad(keyedAnswerFaults, 'src/shop/bulk/bulk-api.ts', 'units: Record<string, number>;', 'Record<string'),
  bad(keyedAnswerFaults, 'src/contract/outputs/cart-outputs.ts', '[sku: string]: number;', '[sku: string]:'),
  bad(parkedFaults, 'src/domain/a.ts', '// TO\x44O: later', ':1:'),
  bad(silencedFaults, 'src/domain/a.ts', '// @ts-ignore', '@ts-ignore'),
  bad(commentedOutFaults, 'src/domain/a.ts', '// const held = 1;', ':1: commented-out code'),
  bad(commentedOutFaults, 'src/domain/a.ts', '  // release(hold);', ':1: commented-out code'),
  bad(commentedOutFaults, 'src/domain/a.ts', '// if (held) {', ':1: commented-out code'),
  bad(luaFaults, 'src/store/redis/lua/a.lua', 'local a = 1', 'begins without a comment'),
  bad(luaFaults, 'src/store/redis/lua/a.lua', '#!lua\n-- does things', 'declares its KEYS'),
  bad(luaFaults, 'src/store/redis/lua/a.lua', '#!lua\n-- KEYS[1] stock\nreturn KEYS[2]', 'KEYS[2] is used'),
  bad(luaFaults, 'src/store/redis/lua/a.lua', `-- a\nlocal function a()\n${body(39)}\nend`, 'a function of 41 lines'),
  bad(luaFaults, 'src/store/redis/lua/a.lua', `-- a\na.b = function()\n  step()`, 'not at its own indentation'),
  bad(languageFaults, 'src/domain/a.ts', '/** Tel\x6cs the client why. */', ':1: "Tel\x6cs"'),
  bad(languageFaults, 'src/domain/a.ts', `throw new Error('the caller is tol\x64 so');`, ':1: "tol\x64"'),
  bad(languageFaults, 'test/a.test.ts', `test('refuses who\x65ver comes late', late);`, ':1: "who\x65ver"'),
  bad(languageFaults, 'src/store/redis/lua/a.lua', '-- a\n-- A stamp is n\x6f record.', ':2: "is n\x6f record"'),
  bad(languageFaults, 'docs/a.md', 'Carts are n\x6f orders.', ':1: "are n\x6f orders"'),
  bad(languageFaults, 'docs/a.md', 'word '.repeat(25), ':1: a line of 125 columns'),
  bad(languageFaults, 'src/domain/a.ts', `  // ${'word '.repeat(25)}`, ':1: a line of 130 columns'),
];

describe('the rules refuse', () => {
  test.each(refused)('$path: $fault', ({ rule, path, text, fault }) => {
    expect(rule(new Map([[path, text]]))).toEqual([expect.stringMatching(escaped(fault))]);
  });

  test('a circle over several files', () => {
    const tree = new Map([
      ['src/domain/a.ts', `import { b } from './b.ts';`],
      ['src/domain/b.ts', `import type { c } from './c.ts';`],
      ['src/domain/c.ts', `import { a } from './a.ts';`],
    ]);
    expect(circleFaults(tree)).toEqual([
      'circle: src/domain/a.ts -> src/domain/b.ts -> src/domain/c.ts -> src/domain/a.ts',
    ]);
  });

  test('a circle of folders without a circle of files', () => {
    const tree = new Map([
      ['src/shop/cart/a.ts', `import { b } from '../order/b.ts';`],
      ['src/shop/cart/c.ts', ''],
      ['src/shop/order/b.ts', ''],
      ['src/shop/order/d.ts', `import type { c } from '../cart/c.ts';`],
    ]);
    expect(circleFaults(tree)).toEqual(['circle of folders: src/shop/cart -> src/shop/order -> src/shop/cart']);
  });

  test('a folder of 23 files', () => {
    const filesOf = (count: number) =>
      new Map(Array.from({ length: count }, (_, file) => [`src/domain/a${file}.ts`, ''] as const));
    expect(folderSizeFaults(filesOf(22))).toEqual([]);
    expect(folderSizeFaults(filesOf(23))).toEqual(['src/domain: 23 files, at most 22']);
  });

  test('more shared names than are accepted', () => {
    const names = Array.from({ length: SHARED_NAMES_MAX }, (_, name) => `export const name${name} = 1;\n`).join('');
    const tree = new Map([
      ['src/api/a.ts', `${names}const SECOND_MS = 1_000;\nexport async function* pages() {}\ninterface Line {}`],
      ['src/cli/b.ts', `${names}export const SECOND_MS = 1_000;\nfunction pages() {}\ntype Line = string;`],
    ]);
    expect(sharedNameFaults(tree)).toEqual(
      ['SECOND_MS', 'pages', 'Line'].map((name) => `${name} is declared by src/api/a.ts and src/cli/b.ts`),
    );
  });

  test('two files of one name', () => {
    expect(basenameFaults(['src/api/index.ts', 'src/cli/index.ts', 'src/api/a.ts', 'src/cli/a.ts'])).toEqual([
      'src/cli/a.ts: src/api/a.ts has the same name',
    ]);
  });
});

test('the rules accept valid code', () => {
  const tree = new Map([
    ['src/server/compose.ts', `import { open } from '../store/redis/open.ts';`],
    [
      'src/client/a.ts',
      `import type { Router } from '../api/router.ts';\nimport { type Hold } from '../contract/hold.ts';`,
    ],
    [
      'src/shop/a.ts',
      `import { batcher } from '../actor/batcher.ts';\nimport type { Store } from '../store/store.ts';`,
    ],
    [
      'src/domain/a.ts',
      `// A Date would make this impure;\n// return nothing {\n// for the rest, see above;\nexport const a = 1;`,
    ],
    ['src/domain/b.ts', `export function b() {\n${body(38)}\n}`],
  ]);
  for (const rule of [
    importFaults,
    circleFaults,
    impureFaults,
    functionLengthFaults,
    commentedOutFaults,
    anyFaults,
    parkedFaults,
    keyedAnswerFaults,
  ]) {
    expect(rule(tree)).toEqual([]);
  }
  const page = 'A teller: there is no limit. It is no longer, and is no more than ten.\n```\nIt tol\x64\n```\n| x |';
  expect(languageFaults(new Map([['docs/a.md', page]]))).toEqual([]);
  const lines = ['#!lua', '-- KEYS[1] stock', 'local function a()', body(38), 'end', 'return KEYS[1]'];
  expect(luaFaults(new Map([['src/store/redis/lua/a.lua', lines.join('\n')]]))).toEqual([]);
});

function escaped(fault: string | RegExp): RegExp {
  return typeof fault === 'string' ? new RegExp(fault.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : fault;
}
