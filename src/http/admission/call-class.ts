import type { IncomingMessage } from 'node:http';
import { REST_PATHS, REST_PREFIX } from '../../contract/rest-paths.ts';
import type { CallClass } from './admission.ts';
import { pathOf } from '../listener/http-server.ts';

const HEALTH = '/health/';
/** For those who watch the server: it is needed most when there is most to do. */
const METRICS = '/metrics';
/** Money that has been paid. */
const PAYMENTS = '/payments/';
const CHECKOUT = 'checkout.';

/** The paths of checkouts below `/api/v1`. A name in braces is one segment. */
const CHECKOUT_RESOURCES = Object.entries(REST_PATHS)
  .filter(([procedure]) => procedure.startsWith(CHECKOUT))
  .map(([, { path }]) => path.replace(/\/$/, '').replaceAll(/\{\w+\}/g, '[^/]+'));
const CHECKOUT_PATH = new RegExp(`^(?:${CHECKOUT_RESOURCES.map((path) => REST_PREFIX + path).join('|')})/?$`);

/**
 * Returns the class of a request from what its first bytes say, or null for health checks, which are never shed.
 * `isOperator` is only called for requests that carry credentials.
 */
export function callClassOf(
  { url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  isOperator: (authorization: string) => boolean,
): CallClass | null {
  if (url.startsWith(HEALTH)) return null;
  if (headers.authorization !== undefined && isOperator(headers.authorization)) return 'operator';
  if (url === METRICS) return 'operator';
  return isCheckout(url) ? 'checkout' : 'shopper';
}

/** A batch that holds a checkout among other calls is a checkout. */
function isCheckout(url: string): boolean {
  if (url.startsWith(PAYMENTS)) return true;
  const path = pathOf(url);
  return path.startsWith('/trpc/') ? path.includes(CHECKOUT) : CHECKOUT_PATH.test(path);
}
