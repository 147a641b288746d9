/**
 * The two clocks of the console. Times in answers are those of the shop, and this computer's clock may differ from it:
 * it may be wrong, and a shop for development may have been moved ahead. Until the first answer the browser's is used.
 */
let offsetMs = Date.now() - performance.now();

/** Returns shop time. Steps of this computer's clock do not affect it. */
export const shopNow = (): number => Math.round(performance.now() + offsetMs);

/** Returns the time of this computer, for the age of readings: TanStack Query notes their arrival by this clock. */
export const browserNow = (): number => Date.now();

/**
 * Calls `read`, and sets shop time by its answer. The server has read its clock between the call and the answer, so
 * what is known is only corrected if it is outside of these bounds.
 */
export async function learnShopTime<T extends { at: number }>(read: () => Promise<T>): Promise<T> {
  const sentAt = performance.now();
  const answer = await read();
  const least = answer.at - performance.now();
  offsetMs = Math.min(Math.max(offsetMs, least), answer.at - sentAt);
  return answer;
}
