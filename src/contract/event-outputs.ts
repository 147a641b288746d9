import { z } from 'zod';
import { moment, string } from './output-fields.ts';

/** An object whose fields depend on `what`. None of them is a secret, or the contact of a buyer. */
const details = z.unknown().exactOptional();

export const adminEvent = z
  .strictObject({
    at: moment,
    /** The principal: `operator`, `key:<name>`, or `unknown` for a login that failed. */
    by: string,
    /** The procedure, `contacts.read` or `login.failed`. */
    what: string,
    before: details,
    after: details,
    /** The client of the call, `clt_...`; absent if it is unknown. */
    from: string.exactOptional(),
  })
  .meta({ id: 'AdminEvent' });
export interface AdminEvent extends z.output<typeof adminEvent> {}
