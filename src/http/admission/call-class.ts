import type { IncomingMessage } from 'node:http';
import { REST_PATHS, REST_PREFIX } from '../../contract/rest-paths.ts';
import type { CallClass } from './admission.ts';
import { pathOf } from '../listener/http-server.ts';
import { CONSOLE_PATH, METRICS_PATH } from '../listener/process-paths.ts';

const HEALTH = '/health/';
/** Messages about payments that shoppers have made. All of them are below this path. */
export const PAYMENTS = '/payments/';
const CHECKOUT = 'checkout.';

/** The paths of checkouts below `/api/v1`. A name in braces is one segment. */
const CHECKOUT_RESOURCES = Object.entries(REST_PATHS)
  .filter(([procedure]) => procedure.startsWith(CHECKOUT))
  .map(([, { path }]) => path.replace(/\/$/, '').replaceAll(/\{\w+\}/g, '[^/]+'));
const CHECKOUT_PATH = new RegExp(`^(?:${CHECKOUT_RESOURCES.map((path) => REST_PREFIX + path).join('|')})/?$`);

/**
 * Returns the class of a request from its URL and headers, or null for health checks, which are never shed. `hasKey` is
 * called only for requests with credentials, and `isSuspect` only for payment messages, because a client that has
 * forged some gets no priority.
 */
export function callClassOf(
  { url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  hasKey: (authorization: string) => boolean,
  isSuspect: () => boolean = () => false,
): CallClass | null {
  if (url.startsWith(HEALTH)) return null;
  if (headers.authorization !== undefined && hasKey(headers.authorization)) return 'operator';
  // Monitoring is needed most under high load.
  if (url === METRICS_PATH || url.startsWith(CONSOLE_PATH)) return 'operator';
  const isPreferred = url.startsWith(PAYMENTS) ? !isSuspect() : isCheckout(url);
  return isPreferred ? 'checkout' : 'shopper';
}

/** Returns whether a request is a checkout, or a batch that includes one. */
function isCheckout(url: string): boolean {
  const path = pathOf(url);
  return path.startsWith('/trpc/') ? path.includes(CHECKOUT) : CHECKOUT_PATH.test(path);
}
