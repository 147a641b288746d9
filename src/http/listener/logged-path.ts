import { pathOf } from './http-server.ts';

/** A customer's id may be an e-mail address. Orders and carts have it as a hash. */
const CUSTOMER_ID = /(?<=\/customers\/)[^/]+/;

/** Returns the path of a URL for a line of the log, without the id of a customer. */
export const loggedPath = (url: string): string => pathOf(url).replace(CUSTOMER_ID, '...');
