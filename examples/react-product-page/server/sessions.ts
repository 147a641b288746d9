import { createHoldfastClient, isRefusal, type Outputs } from '@holdfast/client';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';

export interface SessionDeskOptions {
  /** The server of Holdfast. */
  url: string;
  /** A key with `sessions:issue`, which binds sessions to customers and revokes them. Without it nobody can log in. */
  key: string | undefined;
  /** Returns the customer, or null if the name or the password is wrong. */
  logIn: (name: string, password: string) => Promise<string | null>;
}

type Session = Outputs['session']['create'];

const COOKIE = 'shop-session';
const SESSION = z.object({ sessionId: z.string(), subject: z.string(), expiresAt: z.number() });
const LOGIN = z.object({ name: z.string(), password: z.string() });

/** Returns the session in the cookie of a request, unless there is none or it has expired. */
function sessionIn(c: Context): Session | null {
  try {
    const session = SESSION.parse(JSON.parse(getCookie(c, COOKIE) ?? 'null'));
    return session.expiresAt > Date.now() ? session : null;
  } catch {
    return null;
  }
}

/** Keeps the session in a cookie that scripts cannot read and other sites cannot send, and gives it to the page. */
function answerWith(c: Context, session: Session): Response {
  const secure = process.env.NODE_ENV === 'production';
  const expires = new Date(session.expiresAt);
  setCookie(c, COOKIE, JSON.stringify(session), { httpOnly: true, sameSite: 'Strict', secure, path: '/', expires });
  c.header('cache-control', 'no-store');
  return c.json(session);
}

/**
 * Returns the routes that give a page its session. They are a part of your shop, because only your shop knows who a
 * customer is.
 */
export function createSessionDesk({ url, key, logIn }: SessionDeskOptions): Hono {
  const operator = createHoldfastClient({ url, ...(key === undefined ? {} : { operatorKey: key }) });
  const visitor = createHoldfastClient({ url });
  const desk = new Hono();
  // The page calls this when it loads.
  desk.get('/', async (c) => answerWith(c, sessionIn(c) ?? (await visitor.session.create.mutate())));
  // The server does not accept the session any more: it was revoked, or SESSION_SECRET is a new one.
  desk.post('/renew', async (c) => answerWith(c, await visitor.session.create.mutate()));
  desk.post('/login', async (c) => {
    const { name, password } = LOGIN.parse(await c.req.json());
    const customerId = await logIn(name, password);
    if (customerId === null) return c.json({ error: 'The name or the password is wrong.' }, 403);
    const session = await operator.session.create.mutate({ customerId });
    const guest = sessionIn(c);
    if (guest) await moveCart(url, guest, session);
    return answerWith(c, session);
  });
  desk.post('/logout', async (c) => {
    const session = sessionIn(c);
    if (session) await operator.session.revoke.mutate({ sessionId: session.sessionId });
    return answerWith(c, await visitor.session.create.mutate());
  });
  return desk;
}

/** Moves the units of the guest to the customer. None of them is available to others on the way. */
async function moveCart(url: string, guest: Session, customer: Session): Promise<void> {
  const shop = createHoldfastClient({ url, sessionId: customer.sessionId });
  try {
    await shop.cart.merge.mutate({ fromSessionId: guest.sessionId });
  } catch (error) {
    // The session of the guest has expired or was revoked. Its cart is gone too.
    if (!isRefusal(error, 'invalid_input')) throw error;
  }
}
