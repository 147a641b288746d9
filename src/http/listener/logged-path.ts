import { pathOf } from './http-server.ts';

/** A path with a customer's id, which may be an e-mail address. Other paths contain only a hash of it. */
const CUSTOMER_ID = /(?<=\/customers\/)[^/]+/;

/** Returns the path of a URL for a line of the log, without the id of a customer. */
export const loggedPath = (url: string): string => pathOf(url).replace(CUSTOMER_ID, '...');
