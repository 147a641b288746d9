import { FUNCTION_LINES_MAX } from './code-rules.ts';
import type { SourceTree } from './source-tree.ts';

/** A function's last line is the first `end` at its own indentation. Functions on one line are not measured. */
function functionFaults(path: string, lines: readonly string[]): string[] {
  return lines.flatMap((line, start) => {
    const opening = /^(\s*)(local\s+)?(function\b|[\w.[\]'"]+\s*=\s*function\b)/.exec(line);
    if (!opening || /\bend\W*$/.test(line)) return [];
    const closing = new RegExp(`^${opening[1]}end\\b`);
    const length = lines.slice(start).findIndex((other) => closing.test(other)) + 1;
    if (length === 0) return [`${path}:${start + 1}: this function's end is not at its own indentation`];
    return length > FUNCTION_LINES_MAX
      ? [`${path}:${start + 1}: a function of ${length} lines, at most ${FUNCTION_LINES_MAX}`]
      : [];
  });
}

/**
 * A script (a file that begins with `#!lua`) declares its keys in its header. Every other file begins with a comment.
 */
function headerFaults(path: string, lines: readonly string[], uses: ReadonlySet<number>): string[] {
  const isScript = lines[0]?.startsWith('#!lua') ?? false;
  const header = lines.slice(isScript ? 1 : 0);
  if (!header[0]?.startsWith('--')) return [`${path}: begins without a comment`];
  const declared = lines.filter((line) => /^--.*\bKEYS\b/.test(line));
  if (isScript && declared.length === 0) return [`${path}: a script declares its KEYS in its header`];
  const known = declared.join('\n');
  const counts = [...known.matchAll(/KEYS\[(\d+)\]/g)].map((match) => Number(match[1]));
  if (counts.length === 0) return [];
  return [...uses]
    .filter((index) => !counts.includes(index))
    .map((index) => `${path}: KEYS[${index}] is used but not declared in the header`);
}

const keysUsed = (lines: readonly string[]): Set<number> => {
  const code = lines.map((line) => line.replace(/--.*/, '')).join('\n');
  return new Set([...code.matchAll(/KEYS\[(\d+)\]/g)].map((match) => Number(match[1])));
};

export const luaFaults = (tree: SourceTree): string[] =>
  [...tree].flatMap(([path, text]) => {
    const lines = text.split('\n');
    return [...headerFaults(path, lines, keysUsed(lines)), ...functionFaults(path, lines)];
  });
