import type { z } from 'zod';
import {
  forEachSetting,
  type Setting,
  type SettingName,
  SKU_SETTINGS,
  type SkuSettings,
} from '../domain/sku-settings.ts';
import { money, text, whole } from './fields.ts';

type SettingFields = { [S in SettingName]: z.ZodOptional<z.ZodType<SkuSettings[S], SkuSettings[S]>> };

/** The fields of every input that sets settings of a SKU: null clears one, an absent one stays as it is. */
export const settingFields = forEachSetting((name) => fieldOf(SKU_SETTINGS[name])) as SettingFields;

function fieldOf(setting: Setting): z.ZodOptional {
  const field = setting.type === 'whole' ? whole(setting.min, setting.max) : { text, money }[setting.type];
  return (setting.initial === null ? field.nullable() : field).optional();
}
