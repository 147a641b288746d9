import { z } from 'zod';
import { mustBe, reasoned } from './fields.ts';
import { optionalInput } from './optional-input.ts';

const SHOP_MESSAGE = mustBe('1 to 64 of A-Za-z0-9._-, but not ., .. or __proto__');
/** The name of an embedded shop is that of its directory, and each shop has a key in the mark file. */
const SHOP_NAME = /^(?!(\.{1,2}|__proto__)$)[A-Za-z0-9._-]{1,64}$/;
/** The input of a call that names a shop of the process. */
const ofShop = z.strictObject({
  shop: z.string(SHOP_MESSAGE).regex(SHOP_NAME, SHOP_MESSAGE),
  ...reasoned,
});

export const SHOP_INPUTS = {
  'shops.create': ofShop,
  'shops.suspend': ofShop,
  'shops.resume': ofShop,
  'shops.list': optionalInput({}),
};
