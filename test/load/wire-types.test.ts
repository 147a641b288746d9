import { expectTypeOf, test } from 'vitest';
import type { InputOf, OutputOf, Path } from '../../load-tests/lib/wire-types.ts';
import type * as Server from '../support/http-caller.ts';

/** Procedures that do not take what the scripts send. */
type Untaken = { [P in Path]: InputOf<P> extends Server.InputOf<P> ? never : P }[Path];
/** Procedures whose answers are not what the scripts read. */
type Misread = { [P in Path]: Server.OutputOf<P> extends OutputOf<P> ? never : P }[Path];

// By the type check; which procedures there are is in smoke.test.ts.
test('what the scripts send and read is what the router takes and answers', () => {
  expectTypeOf<Untaken>().toBeNever();
  expectTypeOf<Misread>().toBeNever();
});
