import { DURATION_MS_MAX, DOCUMENT_HOLDS_MAX, INTEGER_MAX, NEVER_AT, ON_HAND_UNITS_MAX } from '../limits.ts';
import { DOCUMENT_LISTS } from '../records.ts';
import { kitHoldOf } from '../kits.ts';
import { forEachSetting, SKU_SETTINGS } from '../sku-settings.ts';
import type { Step, StepKind } from '../steps.ts';
import {
  bodyCheck,
  booleanCheck,
  capsCheck,
  customerCheck,
  type FieldCheck,
  durationCheck,
  versionCheck,
  forgetCheck,
  idCheck,
  integer,
  listOf,
  isOneOf,
  optional,
  nullable,
  onHandCheck,
  resizeCheck,
  settingsCheck,
  skuSettingCheck,
  skuCheck,
  unitsCheck,
} from './checks.ts';
import { performDrop, performPut } from './document-steps.ts';
import { performCommit, performConsume, performFill, performFulfil, performRelease } from './end-steps.ts';
import { performReserve, performResize } from './grant-steps.ts';
import { performExtend, performPin, performTransfer } from './hold-steps.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { performAdjust, performConfigure, performCount, performReturn } from './stock-steps.ts';

interface StepRow<S extends Step> {
  perform: (context: StepContext, step: S) => StepResult;
  /** How to find the SKU whose stock or limit could cause a refusal: the step or its hold names it. Absent: none. */
  takesFrom?: 'sku' | 'hold';
  fields: { [F in keyof S as F extends 'kind' ? never : F]-?: FieldCheck };
}

const unitPrice = optional(skuSettingCheck(SKU_SETTINGS.unitPrice));
/** The expectations that a step may have of its hold. */
const claims = { owner: optional(idCheck), quantity: optional(unitsCheck) };
const counted = optional(booleanCheck);
const caps = optional(capsCheck);
const onHandOnly = optional((value) => value === true);
const backorderedUnits = optional(integer(0, INTEGER_MAX));

/** All steps by name. The compiler checks that none is missing. */
const STEP_ROWS: { [K in StepKind]: StepRow<Extract<Step, { kind: K }>> } = {
  configure: {
    perform: performConfigure,
    fields: {
      sku: skuCheck,
      ...forEachSetting((name) => optional(skuSettingCheck(SKU_SETTINGS[name]))),
      expect: optional(settingsCheck),
      checkOnly: optional(booleanCheck),
    },
  },
  adjust: {
    perform: performAdjust,
    takesFrom: 'sku',
    fields: {
      sku: skuCheck,
      delta: (value) => value !== 0 && integer(-ON_HAND_UNITS_MAX, ON_HAND_UNITS_MAX)(value),
      as: isOneOf('received', 'adjusted'),
      backordered: backorderedUnits,
    },
  },
  count: {
    perform: performCount,
    takesFrom: 'sku',
    fields: {
      sku: skuCheck,
      onHand: onHandCheck,
      expectedOnHand: optional(onHandCheck),
      backordered: backorderedUnits,
    },
  },
  reserve: {
    perform: performReserve,
    takesFrom: 'sku',
    fields: {
      // The ids of part holds are reserved, because only `fill` may name a part hold.
      holdId: (value) => idCheck(value) && kitHoldOf(value as string) === null,
      sku: skuCheck,
      min: unitsCheck,
      want: unitsCheck,
      ttlMs: nullable(durationCheck),
      until: optional(integer(0, NEVER_AT)),
      owner: idCheck,
      customer: customerCheck,
      client: optional(idCheck),
      caps,
      onHandOnly,
      ageMs: optional(integer(0, DURATION_MS_MAX)),
      unitPrice,
    },
  },
  resize: {
    perform: performResize,
    takesFrom: 'hold',
    fields: {
      holdId: idCheck,
      ...claims,
      change: resizeCheck,
      quantityMax: unitsCheck,
      caps,
      onHandOnly,
      unitPrice,
    },
  },
  extend: {
    perform: performExtend,
    fields: {
      holdId: idCheck,
      owner: optional(idCheck),
      ttlMs: nullable(durationCheck),
      lifetimeMs: optional(durationCheck),
    },
  },
  pin: {
    perform: performPin,
    fields: { holdId: idCheck, ...claims, counted, windowMs: durationCheck, toOwner: idCheck },
  },
  transfer: {
    perform: performTransfer,
    takesFrom: 'hold',
    fields: {
      holdId: idCheck,
      ...claims,
      toOwner: idCheck,
      toCustomer: optional(customerCheck),
      caps,
      ttlMs: optional(durationCheck),
      lifetimeMs: optional(durationCheck),
    },
  },
  release: {
    perform: performRelease,
    fields: { holdId: idCheck, ...claims, expiredIsFine: optional(booleanCheck), committed: optional(booleanCheck) },
  },
  consume: { perform: performConsume, fields: { holdId: idCheck, ...claims, counted } },
  commit: { perform: performCommit, fields: { holdId: idCheck, ...claims, counted, toOwner: optional(idCheck) } },
  fulfil: { perform: performFulfil, fields: { holdId: idCheck, ...claims, units: unitsCheck } },
  return: {
    perform: performReturn,
    fields: {
      sku: skuCheck,
      quantity: unitsCheck,
      restock: booleanCheck,
      customer: optional(customerCheck),
      backordered: backorderedUnits,
    },
  },
  fill: { perform: performFill, fields: { holdId: idCheck, backordered: unitsCheck, units: unitsCheck } },
  put: {
    perform: performPut,
    fields: {
      key: idCheck,
      expect: versionCheck,
      body: optional(bodyCheck),
      holds: optional(listOf(DOCUMENT_HOLDS_MAX, idCheck)),
      dueInMs: optional(nullable(durationCheck)),
      list: optional(isOneOf(...DOCUMENT_LISTS)),
    },
  },
  drop: {
    perform: performDrop,
    fields: { key: idCheck, expect: versionCheck, forget: optional(listOf(DOCUMENT_HOLDS_MAX, forgetCheck)) },
  },
};

const STEP_CHECKS = new Map(
  Object.entries(STEP_ROWS).map(([kind, { fields }]) => [kind, Object.entries<FieldCheck>(fields)]),
);

/** Returns the fields of a step with their checks; undefined for a kind that does not exist. */
export const checksOf = (kind: string): [field: string, check: FieldCheck][] | undefined => STEP_CHECKS.get(kind);

/** Returns how to find the SKU whose stock or limit could cause a refusal of a step. */
export const takesFromBy = (kind: StepKind): 'sku' | 'hold' | undefined => STEP_ROWS[kind].takesFrom;

export function performStep(context: StepContext, step: Step): StepResult {
  const { perform } = STEP_ROWS[step.kind] as StepRow<Step>;
  return perform(context, step);
}
