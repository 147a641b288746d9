import type { Query } from '../../contract/calls/call.ts';
import type { CustomerExport } from '../../contract/outputs/admin-outputs.ts';
import type { CustomerInput } from '../../contract/inputs/privacy-inputs.ts';

export interface CustomerService {
  /**
   * Returns what the shop knows of a customer. A customer that it does not know has no orders, carts, reservations and
   * counts.
   */
  export: Query<CustomerInput, CustomerExport>;
}
