import { COMPONENT_UNITS_MAX, COMPONENTS_CHARS_MAX, COMPONENTS_MAX } from './limits.ts';
import type { SkuSettings } from './sku-settings.ts';
import { isSku } from './skus.ts';

/** The units of a SKU in one kit. */
export interface KitComponent {
  sku: string;
  quantity: number;
}

export const isKit = ({ components }: Pick<SkuSettings, 'components'>): boolean => components !== null;

/** Returns the components of a kit, in their order; null for a SKU that is not a kit. */
export const componentsOf = ({ components }: Pick<SkuSettings, 'components'>): readonly KitComponent[] | null =>
  components === null ? null : (JSON.parse(components) as KitComponent[]);

/** Returns components as the text in the record of a kit. Equal lists have equal texts. */
export const componentsText = (components: readonly KitComponent[]): string =>
  JSON.stringify(components.map(({ sku, quantity }) => ({ sku, quantity })));

/** Returns whether a text is what `componentsText` returns for 1 to `COMPONENTS_MAX` components of different SKUs. */
export function isComponentsText(text: string): boolean {
  if (text.length > COMPONENTS_CHARS_MAX) return false;
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return false;
  }
  if (!Array.isArray(list) || list.length === 0 || list.length > COMPONENTS_MAX) return false;
  if (!list.every(isComponent)) return false;
  return new Set(list.map(({ sku }) => sku)).size === list.length && componentsText(list) === text;
}

function isComponent(value: unknown): value is KitComponent {
  const { sku, quantity } = (value ?? {}) as Partial<Record<keyof KitComponent, unknown>>;
  const isQuantity = Number.isSafeInteger(quantity) && (quantity as number) >= 1;
  return typeof sku === 'string' && isSku(sku) && isQuantity && (quantity as number) <= COMPONENT_UNITS_MAX;
}

/** Returns how many kits can be assembled from the available units of their components. */
export const kitsAvailable = (components: readonly KitComponent[], availableOf: (sku: string) => number): number =>
  Math.min(...components.map(({ sku, quantity }) => Math.floor(availableOf(sku) / quantity)));

/**
 * The units of a component in a kit's hold are in a hold of their own, the part hold. Its id is the id of the kit's
 * hold, a slash, and the index of the component.
 */
const PART_HOLD = /^(.+)\/\d{1,2}$/;

/** Returns the id of the part hold of a component. `index` is its place in the list of components. */
export const partHoldId = (kitHoldId: string, index: number): string => `${kitHoldId}/${index}`;

/** Returns the id of the kit's hold that a part hold belongs to; null for any other hold. */
export const kitHoldOf = (holdId: string): string | null =>
  // Nearly no id has a slash, and a search for it takes a tenth of the time of the pattern.
  holdId.includes('/') ? (PART_HOLD.exec(holdId)?.[1] ?? null) : null;

/** Returns whether a hold has the units of a component in a kit's hold. */
export const isPartHold = (holdId: string): boolean => PART_HOLD.test(holdId);

/** Returns the owner in the movements of a returned kit and its components, because their hold has ended. */
export const kitOwner = (kit: string): string => `kit:${kit}`;
