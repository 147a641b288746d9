// The server with one additional procedure, which accepts the inputs and callers of `cart.add` and does nothing. A real
// server has no such procedure: it is added to the router here.
import { shopper } from '../../src/api/procedures.ts';
import { appRouter } from '../../src/api/router.ts';
import { INPUTS } from '../../src/contract/inputs/inputs.ts';

const noop = shopper.input(INPUTS['cart.add']).mutation(() => null);
Object.assign(appRouter._def.procedures, { 'bench.noop': noop });

await import('../../src/server/main.ts');
