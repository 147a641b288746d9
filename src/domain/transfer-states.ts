/** The statuses of a transfer while it can change, and those of one that has ended. */
export const OPEN_TRANSFERS = ['draft', 'in_transit'] as const;
export const ENDED_TRANSFERS = ['received', 'cancelled'] as const;

/** A transfer begins as a draft, which has no units. Both open statuses can become `cancelled`. */
export const TRANSFER_STATUSES = [...OPEN_TRANSFERS, ...ENDED_TRANSFERS] as const;
export type TransferStatus = (typeof TRANSFER_STATUSES)[number];

const OPEN_TRANSFER_SET: ReadonlySet<string> = new Set(OPEN_TRANSFERS);
export const isOpenTransfer = (status: TransferStatus): boolean => OPEN_TRANSFER_SET.has(status);
