import { posix } from 'node:path';
import ts from 'typescript';
import { outlineOf, parse, type SourceTree } from './source-tree.ts';

export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 40;
export const FOLDER_FILES_MAX = 22;
export const SHARED_NAMES_MAX = 20;

/** Names that make the rules of a shop depend on the time or the place of their execution. */
const IMPURE =
  /\b(Date|performance|process|globalThis|console|crypto|setTimeout|setInterval|setImmediate|Math\.random)\b/;

/** Time, timers and randomness that are not an argument. */
const AMBIENT =
  /\b(Date\.now|performance|process\.hrtime|Math\.random|randomUUID|randomBytes|randomInt|getRandomValues|setTimeout|setInterval|setImmediate|queueMicrotask|nextTick|AbortSignal\.timeout|node:timers\S*|SYSTEM_RUNTIME|pause\.ts)\b|\bnew Date\(\)|\bDate\(\)/;
/** What a simulation runs. */
const SIMULATED = /^src\/(?:domain|actor|transact|shop\/expiry|store\/memory)\//;
/**
 * `data-seal.ts` draws its own nonces, because a nonce must never repeat, and no decision depends on it. The memory
 * store is a part of the public interface, so its runtime has a default.
 */
const OWN_SURROUNDINGS: Readonly<Record<string, readonly string[]>> = {
  'src/transact/documents/data-seal.ts': ['randomBytes'],
  'src/store/memory/memory-store.ts': ['SYSTEM_RUNTIME'],
};

// Spelled so that this line does not match itself.
const PARKED = /\b(TO[D]O|FIXM[E]|XX[X]|HAC[K])\b/;
const SILENCED = /@ts-(ignore|nocheck|expect-error)|(eslint|oxlint|biome)-(disable|ignore)/;

const linesOf = (text: string): number => text.replace(/\n$/, '').split('\n').length;

const faultsByLine = (tree: SourceTree, fault: (line: string, path: string) => string | undefined): string[] =>
  [...tree].flatMap(([path, text]) =>
    text.split('\n').flatMap((line, index) => {
      const found = fault(line, path);
      return found ? [`${path}:${index + 1}: ${found}`] : [];
    }),
  );

export const fileLengthFaults = (tree: SourceTree): string[] =>
  [...tree]
    .filter(([, text]) => linesOf(text) > FILE_LINES_MAX)
    .map(([path, text]) => `${path}: ${linesOf(text)} lines, at most ${FILE_LINES_MAX}`);

export const functionLengthFaults = (tree: SourceTree): string[] =>
  [...tree].flatMap(([path, text]) =>
    outlineOf(path, text)
      .functions.filter(({ lines }) => lines > FUNCTION_LINES_MAX)
      .map(({ line, lines }) => `${path}:${line}: a function of ${lines} lines, at most ${FUNCTION_LINES_MAX}`),
  );

export const anyFaults = (tree: SourceTree): string[] =>
  [...tree].flatMap(([path, text]) => outlineOf(path, text).anys.map((line) => `${path}:${line}: any`));

/** Files that define outputs and what they consist of. */
const ANSWERS = /^src\/(?:api|contract|shop)\/(?:.*\/)?(?:inputs|outputs|[a-z-]+-(?:inputs|outputs|fields|api))\.ts$/;
const KEYED = /\bz\.record\(|\bRecord<(?!string, never>)(?:string|number)\b|\[\w+: (?:string|number)\]:/;

/**
 * An answer must not be an object with arbitrary keys, because a SKU may be `__proto__`, on which superjson throws. Use
 * a list.
 */
export const keyedAnswerFaults = (tree: SourceTree): string[] =>
  faultsByLine(new Map([...tree].filter(([path]) => ANSWERS.test(path))), (line) => KEYED.exec(line)?.[0]);

export function basenameFaults(paths: Iterable<string>): string[] {
  const first = new Map<string, string>();
  const faults: string[] = [];
  for (const path of paths) {
    const name = posix.basename(path);
    const other = first.get(name);
    if (other && name !== 'index.ts') faults.push(`${path}: ${other} has the same name`);
    else first.set(name, path);
  }
  return faults;
}

/** The files of one folder. In a longer list, readers do not find a file by its name: it needs subfolders. */
export function folderSizeFaults(tree: SourceTree): string[] {
  const files = new Map<string, number>();
  for (const path of tree.keys()) {
    const folder = posix.dirname(path);
    files.set(folder, (files.get(folder) ?? 0) + 1);
  }
  return [...files]
    .filter(([, count]) => count > FOLDER_FILES_MAX)
    .map(([folder, count]) => `${folder}: ${count} files, at most ${FOLDER_FILES_MAX}`);
}

/** Top-level names of two files, exported or not: a reader who searches for one finds the other. A few are accepted. */
export function sharedNameFaults(tree: SourceTree): string[] {
  const files = new Map<string, Set<string>>();
  for (const [path, text] of tree) {
    for (const name of outlineOf(path, text).names) files.set(name, (files.get(name) ?? new Set()).add(path));
  }
  const shared = [...files].filter(([, paths]) => paths.size > 1);
  return shared.slice(SHARED_NAMES_MAX).map(([name, paths]) => `${name} is declared by ${[...paths].join(' and ')}`);
}

export const parkedFaults = (tree: SourceTree): string[] => faultsByLine(tree, (line) => PARKED.exec(line)?.[0]);

export const silencedFaults = (tree: SourceTree): string[] => faultsByLine(tree, (line) => SILENCED.exec(line)?.[0]);

export const impureFaults = (tree: SourceTree): string[] =>
  faultsByLine(tree, (line, path) => {
    const code = line.replace(/^\s*(\/?\*|\/\/).*|\/\/.*/, '');
    const found = path.startsWith('src/domain/') ? IMPURE.exec(code) : null;
    return found ? `domain is pure: ${found[0]}` : undefined;
  });

/** The code that a simulation runs gets time, timers and randomness as an argument: see `src/runtime/runtime.ts`. */
export const ambientFaults = (tree: SourceTree): string[] =>
  faultsByLine(tree, (line, path) => {
    if (!SIMULATED.test(path)) return undefined;
    const code = line.replace(/^\s*(\/?\*|\/\/).*|\/\/.*/, '');
    const found = AMBIENT.exec(code)?.[0];
    return found && !OWN_SURROUNDINGS[path]?.includes(found) ? `${found} is not an argument` : undefined;
  });

const isCodeStatement = (statement: ts.Statement): boolean => {
  if (!ts.isExpressionStatement(statement)) return !ts.isBlock(statement) && !ts.isLabeledStatement(statement);
  const { expression } = statement;
  if (ts.isBinaryExpression(expression)) return expression.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return ts.isCallExpression(expression) || ts.isAwaitExpression(expression);
};

/**
 * True for a comment line that is a whole statement, or that opens or closes one. Prose is neither, whatever it ends
 * with.
 */
const isCode = (comment: string): boolean => {
  if (/^[}\])]+[;,]?$/.test(comment)) return true;
  if (!/[;{]$/.test(comment)) return false;
  const text = comment.endsWith('{') ? `${comment}}` : comment;
  if (!parse('comment.ts', text).statements.some(isCodeStatement)) return false;
  return ts.transpileModule(text, { reportDiagnostics: true }).diagnostics?.length === 0;
};

export const commentedOutFaults = (tree: SourceTree): string[] =>
  faultsByLine(tree, (line) => {
    const comment = /^\s*\/\/\s?(.*)$/.exec(line)?.[1]?.trim();
    return comment && isCode(comment) ? 'commented-out code' : undefined;
  });
