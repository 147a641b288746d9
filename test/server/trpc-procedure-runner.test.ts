import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { anyone, shopper } from '../../src/api/procedures.ts';
import { procedureRunner } from '../../src/http/trpc-procedure-runner.ts';

describe('procedureRunner', () => {
  test('throws for a procedure with a further middleware', () => {
    const guarded = anyone.use(({ next }) => next()).query(() => 'answered');
    expect(() => procedureRunner('test.guarded', guarded)).toThrow('test.guarded has middlewares');
    const plain = shopper.input(z.object({})).mutation(() => 'answered');
    expect(procedureRunner('test.plain', plain)).toBeTypeOf('function');
  });
});
