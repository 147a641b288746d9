import type { SourceTree } from './source-tree.ts';

export const LINE_COLUMNS_MAX = 120;

// Each pattern is written so that its own line does not match it.
const FORBIDDEN_WORD = /\b(tel[l]|tel[l]s|tol[d]|tel[l]ing|who[e]ver)\b/i;
const NO_NOUN = /(?<!\bthere )\b(?:is|are) n[o] (?!longer\b|(?:more|less|fewer|\w+er) than\b)\w+/i;

/** A line of a comment in TypeScript, JavaScript, Lua or a shell script. */
const COMMENT = /^\s*(?:\/\/|\/?\*|--|#)/;

/** Texts that need a forbidden word. The whole text has to match, so that no other use is excused. */
const EXCUSED: ReadonlyArray<{ path: string; text: string }> = [];

const excuse = (path: string, line: string): string =>
  EXCUSED.filter((each) => each.path === path).reduce((rest, { text }) => rest.replace(text, ''), line);

/** Lines of a page outside of code blocks. Lines of code keep their numbers, and are empty. */
const proseOf = (text: string): string[] => {
  let inCode = false;
  return text.split('\n').map((line) => {
    const isFence = /^\s*```/.test(line);
    if (isFence) inCode = !inCode;
    return inCode || isFence ? '' : line;
  });
};

/** A row of a table and a line that is only a link cannot be broken. */
const canBeBroken = (line: string): boolean => !/^\s*(?:\||<|\[[^\]]*\]\(\S*\)\.?$)/.test(line);

/** Returns what is wrong with a line. */
function faultOf(line: string, hasLongLine: boolean): string | undefined {
  const word = FORBIDDEN_WORD.exec(line)?.[0];
  if (word) return `"${word}": use reports, returns, notifies, delivers, logs or "the caller"`;
  const phrase = NO_NOUN.exec(line)?.[0];
  if (phrase) return `"${phrase}": use "is not a" or "has no"`;
  return hasLongLine ? `a line of ${line.length} columns, at most ${LINE_COLUMNS_MAX}` : undefined;
}

/** Faults of language in the files of code (comments, strings, names) and in the pages (outside of code blocks). */
export const languageFaults = (tree: SourceTree): string[] =>
  [...tree].flatMap(([path, text]) => {
    const isPage = path.endsWith('.md');
    const lines = isPage ? proseOf(text) : text.split('\n');
    return lines.flatMap((line, index) => {
      const mayBeTooLong = isPage ? canBeBroken(line) : COMMENT.test(line);
      const fault = faultOf(excuse(path, line), mayBeTooLong && line.length > LINE_COLUMNS_MAX);
      return fault ? [`${path}:${index + 1}: ${fault}`] : [];
    });
  });
