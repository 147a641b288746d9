import type { Plan } from './types.ts';

export interface Share<T> {
  use: (plan: Plan) => Promise<T>;
  leave: () => Promise<void>;
}

/**
 * Shares one resource between two sides, such as one shop under load and idle. The first user opens it, the last one
 * closes it.
 */
export function shared<T>(open: (plan: Plan) => Promise<T>, close: (thing: T) => Promise<void>): Share<T> {
  let thing: Promise<T> | null = null;
  let users = 0;
  return {
    use: (plan) => {
      users += 1;
      thing ??= open(plan);
      return thing;
    },
    leave: async () => {
      users -= 1;
      if (users > 0 || !thing) return;
      const closing = await thing;
      thing = null;
      await close(closing);
    },
  };
}
