const FEW = 3;

/** Returns the first few of many problems of one kind, and the number of others. */
export const few = (problems: readonly string[]): string[] =>
  problems.length <= FEW ? [...problems] : [...problems.slice(0, FEW), `and so on, ${problems.length - FEW} more`];
