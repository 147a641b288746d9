import { z } from 'zod';
import { COMPONENT_UNITS_MAX, COMPONENTS_MAX } from '../../domain/limits.ts';
import {
  PLAIN_SETTINGS,
  type PlainSetting,
  type PlainType,
  type Setting,
  SKU_SETTINGS,
  type SkuSettings,
} from '../../domain/sku-settings.ts';
import { flag, hasDistinctSkus, money, mustBe, readonlyArray, sku, text, whole } from './fields.ts';

const COMPONENTS_MESSAGE = mustBe(`1 to ${COMPONENTS_MAX} components`);
/** The components of a kit, with the units of each in one kit. */
export const components = readonlyArray(
  z
    .array(z.strictObject({ sku, quantity: whole(1, COMPONENT_UNITS_MAX) }), COMPONENTS_MESSAGE)
    .min(1, COMPONENTS_MESSAGE)
    .max(COMPONENTS_MAX, COMPONENTS_MESSAGE)
    .refine(hasDistinctSkus, mustBe('each SKU in one component only')),
);

type SettingFields = { [S in PlainSetting]: z.ZodOptional<z.ZodType<SkuSettings[S], SkuSettings[S]>> };

/** The fields of every input that changes settings of a SKU. Null clears a setting; an absent one stays unchanged. */
export const settingFields = Object.fromEntries(
  PLAIN_SETTINGS.map((name) => [name, fieldOf(SKU_SETTINGS[name])]),
) as SettingFields;

function fieldOf(setting: Setting<unknown, PlainType>): z.ZodOptional {
  const field = setting.type === 'whole' ? whole(setting.min, setting.max) : { text, money, flag }[setting.type];
  return (setting.initial === null ? field.nullable() : field).optional();
}
