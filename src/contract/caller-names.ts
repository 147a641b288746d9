/** The names of callers in lists and in the ledger. This file imports nothing, so that the command line may use it. */

/** A session's hash has 22 characters, so no session has such a name. */
export const CLIENT_PATTERN = /^clt_[\w-]{22}$/;
export const CLIENT_FORM = 'clt_ and 22 of A-Za-z0-9_-';

/** A session, all sessions of a customer, or holds of the library. */
export const HOLDER_PATTERN = /^(?:(?:customer:)?[\w-]{22}|detached:[\x21-\x7e]{1,119})$/;
export const HOLDER_FORM = '22 of A-Za-z0-9_-, customer: and 22 of them, or detached: and a reference';
