import { availableAt, byPriority, type PlaceHold, type PlaceShop, type Sourced, sumOf } from './place-shop.ts';

/** Where the units of a line come from, and which of them go back first. */

/** Returns the locations that a call may use, the preferred ones first. */
export function usable(shop: PlaceShop, { channel, locations }: Sourced): string[] {
  const serves = byPriority(shop)
    .filter(({ active, channels }) => active && (channel === undefined || (channels?.includes(channel) ?? true)))
    .map(({ id }) => id);
  return locations ? locations.filter((id) => serves.includes(id)) : serves;
}

/** Returns the units that a call could get of a SKU. */
export const availableTo = (shop: PlaceShop, sku: string, how: Sourced): number =>
  sumOf(usable(shop, how), (place) => availableAt(shop, sku, place).all);

/**
 * Returns the units that each location gives, in the order of preference. Units on hand of all locations go before
 * backorders. `used`: the locations where the line has units.
 */
export function spread(
  shop: PlaceShop,
  { sku, units, how, used }: { sku: string; units: number; how: Sourced; used: readonly string[] },
): { place: string; units: number }[] {
  const places = usable(shop, how);
  const onHand = new Map(places.map((place) => [place, availableAt(shop, sku, place).onHand]));
  const given = new Map(places.map((place) => [place, 0]));
  let left = units;
  const take = (place: string, most: number): void => {
    const some = Math.min(left, most);
    given.set(place, (given.get(place) ?? 0) + some);
    left -= some;
  };
  const order = how.sourcing === 'fewest_parcels' ? fewest(places, { onHand, used, units }) : places;
  for (const place of order) take(place, onHand.get(place) ?? 0);
  for (const place of places) take(place, availableAt(shop, sku, place).all - (onHand.get(place) ?? 0));
  return places.map((place) => ({ place, units: given.get(place) ?? 0 })).filter((each) => each.units > 0);
}

/** The locations that the line has already, then the first one that has all the rest, or else the largest ones. */
function fewest(
  places: readonly string[],
  { onHand, used, units }: { onHand: ReadonlyMap<string, number>; used: readonly string[]; units: number },
): string[] {
  const at = (place: string): number => onHand.get(place) ?? 0;
  const own = places.filter((place) => used.includes(place));
  const others = places.filter((place) => !used.includes(place));
  const rest = units - sumOf(own, at);
  const single = others.filter((place) => at(place) >= rest).slice(0, 1);
  return [...own, ...(single.length > 0 ? single : others.toSorted((a, b) => at(b) - at(a)))];
}

/** Returns the holds in the order in which they lose units: those of the least preferred locations first. */
export function leastPreferred(shop: PlaceShop, holds: readonly PlaceHold[], how: Sourced): PlaceHold[] {
  const ranks = [...new Set([...usable(shop, how), ...byPriority(shop).map(({ id }) => id)])];
  const backward = holds.toSorted((a, b) => ranks.indexOf(b.place) - ranks.indexOf(a.place));
  return how.sourcing === 'fewest_parcels' ? backward.toSorted((a, b) => a.units - b.units) : backward;
}
