import { DOCUMENT_HOLDS_MAX, ON_HAND_UNITS_MAX } from '../limits.ts';
import { DOCUMENT_LISTS } from '../records.ts';
import { forEachSetting, SETTINGS } from '../sku-settings.ts';
import type { Step, StepKind } from '../steps.ts';
import {
  body,
  boolean,
  type Check,
  durationMs,
  expected,
  forgotten,
  id,
  integer,
  listOf,
  oneOf,
  optional,
  orNull,
  resizing,
  settingCheck,
  sku,
  units,
} from './checks.ts';
import { drop, put } from './document-steps.ts';
import { consume, release } from './end-steps.ts';
import { extend, pin, reserve, resize, transfer } from './hold-steps.ts';
import type { StepContext, StepResult } from './step-context.ts';
import { adjust, configure, count, giveBack } from './stock-steps.ts';

interface StepRow<S extends Step> {
  perform: (context: StepContext, step: S) => StepResult;
  /** Whose stock or limit could refuse the step: that of the SKU that it names, or of the SKU of its hold. */
  takesFrom?: 'sku' | 'hold';
  fields: { [F in keyof S as F extends 'kind' ? never : F]-?: Check };
}

const onHand = integer(0, ON_HAND_UNITS_MAX);
const unitPrice = optional(settingCheck(SETTINGS.unitPrice));
/** What a step may expect of a hold that it names. */
const claims = { owner: optional(id), quantity: optional(units) };
const counted = optional(boolean);

/** The dozen steps by name; the compiler proves that none is missing. */
const STEPS: { [K in StepKind]: StepRow<Extract<Step, { kind: K }>> } = {
  configure: {
    perform: configure,
    fields: { sku, ...forEachSetting((name) => optional(settingCheck(SETTINGS[name]))) },
  },
  adjust: {
    perform: adjust,
    takesFrom: 'sku',
    fields: {
      sku,
      delta: (value) => value !== 0 && integer(-ON_HAND_UNITS_MAX, ON_HAND_UNITS_MAX)(value),
      as: oneOf('received', 'adjusted'),
    },
  },
  count: { perform: count, takesFrom: 'sku', fields: { sku, onHand, expectedOnHand: optional(onHand) } },
  reserve: {
    perform: reserve,
    takesFrom: 'sku',
    fields: { holdId: id, sku, min: units, want: units, ttlMs: durationMs, owner: id, customer: id, unitPrice },
  },
  resize: {
    perform: resize,
    takesFrom: 'hold',
    fields: { holdId: id, ...claims, change: resizing, quantityMax: units, unitPrice },
  },
  extend: {
    perform: extend,
    fields: { holdId: id, owner: optional(id), ttlMs: durationMs, lifetimeMs: durationMs },
  },
  pin: { perform: pin, fields: { holdId: id, ...claims, counted, windowMs: durationMs, toOwner: id } },
  transfer: {
    perform: transfer,
    takesFrom: 'hold',
    fields: {
      holdId: id,
      ...claims,
      toOwner: id,
      toCustomer: optional(id),
      ttlMs: optional(durationMs),
      lifetimeMs: optional(durationMs),
    },
  },
  release: { perform: release, fields: { holdId: id, ...claims, expiredIsFine: optional(boolean) } },
  consume: { perform: consume, fields: { holdId: id, ...claims, counted } },
  return: { perform: giveBack, fields: { sku, quantity: units, restock: boolean, customer: optional(id) } },
  put: {
    perform: put,
    fields: {
      key: id,
      expect: expected,
      body: optional(body),
      holds: optional(listOf(DOCUMENT_HOLDS_MAX, id)),
      dueInMs: optional(orNull(durationMs)),
      list: optional(oneOf(...DOCUMENT_LISTS)),
    },
  },
  drop: {
    perform: drop,
    fields: { key: id, expect: expected, forget: optional(listOf(DOCUMENT_HOLDS_MAX, forgotten)) },
  },
};

const CHECKS = new Map(Object.entries(STEPS).map(([kind, { fields }]) => [kind, Object.entries<Check>(fields)]));

/** Returns the fields of a step with their checks; undefined for a kind that does not exist. */
export const checksOf = (kind: string): [field: string, check: Check][] | undefined => CHECKS.get(kind);

/** Returns how a step leads to the SKU whose stock or limit could refuse it. */
export const takesFromBy = (kind: StepKind): 'sku' | 'hold' | undefined => STEPS[kind].takesFrom;

export function performStep(context: StepContext, step: Step): StepResult {
  const { perform } = STEPS[step.kind] as StepRow<Step>;
  return perform(context, step);
}
