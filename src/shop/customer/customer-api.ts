import type { Query } from '../../contract/calls/call.ts';
import type { CustomerExport } from '../../contract/outputs/admin-outputs.ts';
import type { CustomerInput } from '../../contract/inputs/privacy-inputs.ts';

export interface CustomerService {
  /**
   * Returns the data of a customer: orders, carts, reservations and counts. All of them are empty for an unknown
   * customer.
   */
  export: Query<CustomerInput, CustomerExport>;
}
