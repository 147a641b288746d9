import { createHoldfastClient, type HoldfastClient } from '@holdfast/client';
import { cookies } from 'next/headers';

export const HOLDFAST_URL = process.env.HOLDFAST_URL ?? 'http://127.0.0.1:3000';
const COOKIE = 'shop-session';

/** The shop without a session: the availability of SKUs, and new sessions. */
export const publicShop = createHoldfastClient({ url: HOLDFAST_URL });

const shopOf = (sessionId: string): HoldfastClient => createHoldfastClient({ url: HOLDFAST_URL, sessionId });

/** Returns the shop as this browser sees it, or null if it has no session yet. For pages, which only read. */
export async function shopOfVisitor(): Promise<HoldfastClient | null> {
  const sessionId = (await cookies()).get(COOKIE)?.value;
  return sessionId === undefined ? null : shopOf(sessionId);
}

/** Returns the session of this browser, and creates one if it has none. For actions, which can set its cookie. */
export async function sessionOfBrowser(): Promise<string> {
  const jar = await cookies();
  const known = jar.get(COOKIE)?.value;
  if (known !== undefined) return known;
  const { sessionId, expiresAt } = await publicShop.session.create.mutate();
  const secure = process.env.NODE_ENV === 'production';
  jar.set(COOKIE, sessionId, { httpOnly: true, sameSite: 'lax', secure, path: '/', expires: new Date(expiresAt) });
  return sessionId;
}

export const shopOfBrowser = async (): Promise<HoldfastClient> => shopOf(await sessionOfBrowser());

/**
 * The same session with a key, which may choose the payment window. Only for `checkout.begin`: with a key,
 * `orders.get` and `checkout.cancel` accept the order of anybody.
 */
export const tillOfBrowser = async (): Promise<HoldfastClient> =>
  createHoldfastClient({
    url: HOLDFAST_URL,
    sessionId: await sessionOfBrowser(),
    ...(process.env.HOLDFAST_KEY ? { operatorKey: process.env.HOLDFAST_KEY } : {}),
  });
