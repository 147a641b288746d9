import type { ShownShop } from '../../contract/outputs/shop-outputs.ts';
import type { Snapshot } from '../../store/store.ts';
import { documentIn, type StoredDocument } from '../../transact/documents/json-document.ts';
import { SHOPS_KEY } from '../../transact/documents/names.ts';

/** All shops are in one document, which each process keeps in memory. With names of any length this many fit. */
export const SHOPS_MAX = 1_000;

export const shopsIn = (view: Snapshot): StoredDocument<ShownShop[]> => documentIn(view, SHOPS_KEY, []);
