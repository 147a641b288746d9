/**
 * Options of an `LRUCache` that grows up to `itemsMax`. With its option `max` it would take the memory of that many
 * items at once: a megabyte for the caches of one idle shop.
 */
export const growing = (itemsMax: number) => ({ maxSize: itemsMax, sizeCalculation: () => 1 });
