import type { Refusal } from '../../../contract/calls/call.ts';
import type { Issue } from '../../../contract/calls/wire-refusals.ts';
import { componentsText, type KitComponent } from '../../../domain/kits.ts';
import type { StockRecord } from '../../../domain/records.ts';
import {
  INITIAL_SETTINGS,
  localSettings,
  type PlainChange,
  type SettingsChange,
  SKU_SETTINGS,
} from '../../../domain/sku-settings.ts';
import type { Step } from '../../../domain/steps.ts';
import { definingSteps } from './settings-change.ts';

/** Settings of the units at a location, which a kit does not have. */
const NOT_OF_KITS = ['safetyStock', 'backorderLimit', 'shipsAt'] as const;

type Records = ReadonlyMap<string, StockRecord | null>;

/** The data that a definition needs to check kits. */
export interface DefinedKit {
  input: PlainChange & { sku: string; components?: readonly KitComponent[] | null | undefined };
  /** The stock key whose settings `perLocation` change. */
  key: string;
  /** The records of the SKU at all locations. */
  records: Records;
  /** Returns the records of a component at all locations. */
  recordsOf: (component: string) => Records;
  /** Components that do not exist are created. Default: they are refused `unknown_sku`. */
  createsComponents?: boolean;
}

/** The settings that a definition changes, and the steps that follow those of its settings. */
interface KitChange {
  change: SettingsChange;
  steps: Step[];
}

/**
 * Returns what a definition changes. The steps are refused `conflict` if, in the meantime, a component has become a
 * kit, the kit has become a component, or one of them has a setting that it must not have. So a kit never contains a
 * kit.
 */
export function kitChange(kit: DefinedKit): KitChange | { refusal: Refusal } {
  const { input, records } = kit;
  const { sku, components, ...plain } = input;
  const main = records.get(sku) ?? null;
  const isKit = components === undefined ? main !== null && main.components !== null : components !== null;
  const issues = isKit ? settingIssues(kit) : [];
  if (components) issues.push(...componentIssues(kit, components));
  if (issues.length > 0) return { refusal: { reason: 'invalid_input', meta: { issues } } };
  if (!components) return withoutComponents(kit, plain, isKit);
  const unknown = kit.createsComponents
    ? undefined
    : components.find((component) => !kit.recordsOf(component.sku).get(component.sku));
  if (unknown) return { refusal: { reason: 'unknown_sku', meta: { sku: unknown.sku } } };
  const change = { ...plain, inKits: false, components: componentsText(components) };
  const after = [...records].filter(([each, record]) => each === kit.key || record !== null);
  return {
    change,
    steps: [
      ...after.map(([each]) => expecting(each, NO_LOCAL)),
      ...components.flatMap(({ sku: component }) => componentSteps(component, kit.recordsOf(component))),
    ],
  };
}

const NO_LOCAL = localSettings(INITIAL_SETTINGS);

const expecting = (sku: string, expect: SettingsChange): Step => ({ kind: 'configure', sku, expect, checkOnly: true });

/** Returns the change of a SKU without components in the input: its kind does not change, or it stops being a kit. */
function withoutComponents({ input, records }: DefinedKit, plain: SettingsChange, isKit: boolean): KitChange {
  const change = input.components === undefined ? plain : { ...plain, components: null };
  const { sku } = input;
  const hasLocal = NOT_OF_KITS.some(
    (name) => (plain[name] ?? SKU_SETTINGS[name].initial) !== SKU_SETTINGS[name].initial,
  );
  const mustNotBeKit = hasLocal && !isKit && input.components === undefined && records.get(sku);
  return { change, steps: mustNotBeKit ? [expecting(sku, { components: null })] : [] };
}

/** A SKU that was a component once can never become a kit, so nothing has to be checked about it. */
function componentSteps(sku: string, records: Records): Step[] {
  const isMarked = records.get(sku) && [...records.values()].every((record) => record === null || record.inKits);
  return isMarked ? [] : definingSteps({ inKits: true, components: null }, { sku, key: sku, records });
}

function componentIssues({ input, records, recordsOf }: DefinedKit, components: readonly KitComponent[]): Issue[] {
  const { sku } = input;
  const issues: Issue[] = [];
  if (records.get(sku)?.inKits) {
    issues.push({ path: 'components', message: 'must be null: the SKU is a component of a kit, or was one' });
  }
  for (const [index, component] of components.entries()) {
    const path = `components.${index}.sku`;
    if (component.sku === sku) issues.push({ path, message: 'must be a SKU other than that of the kit' });
    else if ((recordsOf(component.sku).get(component.sku)?.components ?? null) !== null)
      issues.push({ path, message: 'must be a SKU that is not a kit' });
  }
  return issues;
}

/** A kit must not have settings of its own units afterward, at any location. */
function settingIssues({ input, key, records }: DefinedKit): Issue[] {
  return NOT_OF_KITS.filter((name) => {
    const { initial } = SKU_SETTINGS[name];
    const given = input[name];
    const kept = [...records].filter(([each]) => each !== key || given === undefined);
    const values = [...kept.map(([, record]) => record?.[name] ?? initial), ...(given === undefined ? [] : [given])];
    return values.some((value) => value !== initial);
  }).map((name) => ({ path: name, message: `must be ${SKU_SETTINGS[name].initial}: the SKU is a kit` }));
}
