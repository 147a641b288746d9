/** Words that examples use in place of a secret, and that people choose. They add nothing to an estimate. */
const KNOWN_WORDS =
  /change[-_ .]?(?:me|this|it)|pass[-_ ]?(?:word|phrase)|holdfast|operator|session|secret|example|default|production|your|here|shop|admin|token|qwerty|letmein|key/g;
/** The shortest repetition that is left out of an estimate. Random digits rarely repeat four others. */
const REPEATED_CHARS_MIN = 4;

/**
 * Returns an estimate of how many bits an attacker has to guess: the Shannon entropy of the characters that are left
 * without known words, repetitions and sequences such as `12345`. The estimate for 32 random hexadecimal digits is
 * about 115.
 */
export function estimatedBits(secret: string): number {
  const rest = withoutSequences(withoutRepetitions(secret.toLowerCase().replace(KNOWN_WORDS, '')));
  const counts = new Map<string, number>();
  for (const char of rest) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits += count * Math.log2(rest.length / count);
  return bits;
}

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
