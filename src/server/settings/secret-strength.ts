/** Words that examples use in place of a secret, and that people choose. They add nothing to an estimate. */
const KNOWN_WORDS =
  /change[-_ .]?(?:me|this|it)|p[a@4][s5$]{2}[-_ ]?(?:w[o0]rd|phrase)|holdfast|operator|session|s[e3]cr[e3]t|example|default|production|your|here|shop|adm[i1]n(?:istrator)?|token|qwerty(?:uiop)?|asdf(?:gh(?:jkl)?)?|zxcv(?:bnm?)?|letmein|key|deadbeef|cafebabe|1q2w3e4r(?:5t(?:6y)?)?|1qaz2wsx(?:3edc)?/gi;
/** Letters that look like a word: of one case, or with a capital at the beginning. */
const WORDS = /[A-Z]?[a-z]{3,}|[A-Z]{4,}/g;
/** Hexadecimal digits, and letters that cannot be pronounced. They do not count as a word. */
const UNSPEAKABLE = /^(?:[a-f]+|[^aeiouy]+)$|[^aeiouy]{4}/i;
/** Random text rarely has more letters of one case in a row. */
const RANDOM_LETTERS_MAX = 8;
const YEARS = /(?:19|20)\d\d/g;
/** The shortest repetition that is left out of an estimate. Random digits rarely repeat four others. */
const REPEATED_CHARS_MIN = 4;

/**
 * Returns an estimate of how many bits an attacker has to guess: the Shannon entropy of the characters that are left
 * without known words, repetitions and sequences such as `12345`. Anything that looks like a word counts as its first
 * two letters, and a year as one. The estimate for 32 random hexadecimal digits is about 115.
 */
export function estimatedBits(secret: string): number {
  const rest = withoutSequences(withoutRepetitions(shortWords(secret).toLowerCase()));
  const counts = new Map<string, number>();
  for (const char of rest) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits += count * Math.log2(rest.length / count);
  return bits;
}

const shortWords = (secret: string): string =>
  secret
    .replace(KNOWN_WORDS, '')
    .replace(YEARS, 'y')
    .replace(WORDS, (word) => (isRandom(word) ? word : word.slice(0, 2)));

const isRandom = (word: string): boolean => word.length <= RANDOM_LETTERS_MAX && UNSPEAKABLE.test(word);

/** Returns the text without what repeats an earlier part of it. */
function withoutRepetitions(text: string): string {
  let rest = '';
  let at = 0;
  while (at < text.length) {
    const repeated = repeatedChars(text, at);
    if (repeated === 0) rest += text.charAt(at);
    at += Math.max(1, repeated);
  }
  return rest;
}

/** Returns how many characters from `at` on also begin at an earlier place; 0 if they are too few to count. */
function repeatedChars(text: string, at: number): number {
  let length = REPEATED_CHARS_MIN - 1;
  while (at + length < text.length && text.indexOf(text.slice(at, at + length + 1)) < at) length += 1;
  return length < REPEATED_CHARS_MIN ? 0 : length;
}

/** Returns the text without each character that continues a run like `aaa`, `abc` or `321`. */
function withoutSequences(text: string): string {
  const step = (at: number): number => text.charCodeAt(at) - text.charCodeAt(at - 1);
  const isRun = (at: number): boolean => at >= 2 && Math.abs(step(at)) <= 1 && step(at) === step(at - 1);
  return [...text].filter((_, at) => !isRun(at)).join('');
}
