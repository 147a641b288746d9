import type { Step } from '../steps.ts';
import { drop, put } from './document-steps.ts';
import { consume, release } from './end-steps.ts';
import { extend, pin, reserve, resize, transfer } from './hold-steps.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { adjust, configure, count, giveBack } from './stock-steps.ts';

type StepTable = { [K in Step['kind']]: (context: StepContext, step: Extract<Step, { kind: K }>) => StepResult };

/** The dozen steps by name; the compiler proves that none is missing. */
const STEPS: StepTable = {
  configure,
  adjust,
  count,
  reserve,
  resize,
  extend,
  pin,
  transfer,
  release,
  consume,
  return: giveBack,
  put,
  drop,
};

export function performStep(context: StepContext, step: Step): StepResult {
  const perform = STEPS[step.kind] as (context: StepContext, step: Step) => StepResult;
  return perform(context, step);
}
