const FEW = 3;

/** Of many problems of one kind the first few, and how many more there are. */
export const few = (problems: readonly string[]): string[] =>
  problems.length <= FEW ? [...problems] : [...problems.slice(0, FEW), `and so on, ${problems.length - FEW} more`];
