import { createHash } from 'node:crypto';

/** Ids like those of the services in length, but not random. */
const hash = (index: number) => createHash('sha256').update(String(index)).digest('base64url');

export const orderedId = (index: number): string =>
  `hld_${(index + 1e7).toString(36).padStart(8, '0')}${hash(index).slice(0, 11)}`;
export const cartId = (index: number): string => `cart:crt_${hash(index).slice(0, 22)}`;
