import { type AnyTRPCProcedure, getTRPCErrorFromUnknown } from '@trpc/server';

export interface ProcedureCall {
  path: string;
  type: 'query' | 'mutation';
  ctx: object;
  getRawInput: () => Promise<unknown>;
}

interface Next {
  ctx?: object;
  input?: unknown;
  getRawInput?: () => Promise<unknown>;
}

type Ran = { ok: true; data: unknown } | { ok: false; error: unknown };
type Middleware = (options: object) => Promise<Ran>;

/** The middlewares of a procedure: those of `.use`, those of `.input`, and the resolver as the last one. */
const middlewaresOf = (procedure: AnyTRPCProcedure): readonly Middleware[] =>
  (procedure._def as unknown as { middlewares: readonly Middleware[] }).middlewares;

/**
 * Runs a procedure as tRPC's own caller does, and throws what it throws. That one copies the options of each middleware
 * property by property, as its build is for engines without object spread: a tenth of what a call over HTTP costs.
 */
export async function runProcedure(procedure: AnyTRPCProcedure, call: ProcedureCall): Promise<unknown> {
  const { meta } = procedure;
  const options = { ...call, signal: undefined, batchIndex: 0, meta, input: undefined };
  const ran = await runFrom(0, middlewaresOf(procedure), options);
  if (ran.ok) return ran.data;
  throw ran.error;
}

async function runFrom(
  index: number,
  middlewares: readonly Middleware[],
  options: ProcedureCall & { input: unknown },
): Promise<Ran> {
  const next = (changed: Next = {}): Promise<Ran> => {
    const ctx = changed.ctx ? { ...options.ctx, ...changed.ctx } : options.ctx;
    const input = 'input' in changed ? changed.input : options.input;
    const getRawInput = changed.getRawInput ?? options.getRawInput;
    return runFrom(index + 1, middlewares, { ...options, ctx, input, getRawInput });
  };
  try {
    // Whoever refuses throws, so that each has its answer from those after it.
    return await (middlewares[index] as Middleware)({ ...options, next });
  } catch (cause) {
    return { ok: false, error: getTRPCErrorFromUnknown(cause) };
  }
}
