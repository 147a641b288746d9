import type { IncomingMessage } from 'node:http';
import { REST_PATHS, REST_PREFIX } from '../../contract/rest-paths.ts';
import type { CallClass } from './admission.ts';
import { pathOf } from '../listener/http-server.ts';

const HEALTH = '/health/';
/** Monitoring is needed most under high load. */
const METRICS = '/metrics';
/** Messages about payments that shoppers have made. */
const PAYMENTS = '/payments/';
const CHECKOUT = 'checkout.';

/** The paths of checkouts below `/api/v1`. A name in braces is one segment. */
const CHECKOUT_RESOURCES = Object.entries(REST_PATHS)
  .filter(([procedure]) => procedure.startsWith(CHECKOUT))
  .map(([, { path }]) => path.replace(/\/$/, '').replaceAll(/\{\w+\}/g, '[^/]+'));
const CHECKOUT_PATH = new RegExp(`^(?:${CHECKOUT_RESOURCES.map((path) => REST_PREFIX + path).join('|')})/?$`);

/**
 * Returns the class of a request from its URL and headers, or null for health checks, which are never shed.
 * `hasKey` is called only for requests with credentials.
 */
export function callClassOf(
  { url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  hasKey: (authorization: string) => boolean,
): CallClass | null {
  if (url.startsWith(HEALTH)) return null;
  if (headers.authorization !== undefined && hasKey(headers.authorization)) return 'operator';
  if (url === METRICS) return 'operator';
  return isCheckout(url) ? 'checkout' : 'shopper';
}

/** Returns whether a request is a checkout, or a batch that includes one. */
function isCheckout(url: string): boolean {
  if (url.startsWith(PAYMENTS)) return true;
  const path = pathOf(url);
  return path.startsWith('/trpc/') ? path.includes(CHECKOUT) : CHECKOUT_PATH.test(path);
}
