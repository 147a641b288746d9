import { createHoldfastFiles, type HoldfastFiles } from '../../../../src/client/client.ts';
import { SHOP_URL } from '../../places.ts';
import { storedKey } from '../../session/operator-session.ts';

/** Returns the imports and exports of the shop with the key of this tab. They are not a part of the first screen. */
export const shopFiles = (): HoldfastFiles => createHoldfastFiles({ url: SHOP_URL, operatorKey: storedKey() ?? '' });
