import type { ApiReference } from './api-reference.ts';

/** Returns the operations by their tag. */
export function tagsOf({ operations }: ApiReference): [string, ApiReference['operations']][] {
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  return tags.map((tag) => [tag, operations.filter((operation) => operation.tag === tag)]);
}
