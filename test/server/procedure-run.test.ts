import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { anyone, shopper } from '../../src/api/procedures.ts';
import { procedureRunner } from '../../src/http/procedure-run.ts';

describe('the direct lane runs procedures without middlewares of tRPC', () => {
  test('so it refuses, at the start, a procedure that has one of its own', () => {
    const guarded = anyone.use(({ next }) => next()).query(() => 'answered');
    expect(() => procedureRunner('test.guarded', guarded)).toThrow('test.guarded has middlewares');
    const plain = shopper.input(z.object({})).mutation(() => 'answered');
    expect(procedureRunner('test.plain', plain)).toBeTypeOf('function');
  });
});
