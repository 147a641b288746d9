interface Kind {
  /** The number of the kind in records (see `Codes`). */
  code: number;
  /** The change of each counter of the SKU per unit of the movement. */
  onHand: number;
  reserved: number;
  committed: number;
  sold: number;
}

const MOVEMENT_EFFECTS = {
  received: { code: 1, onHand: 1, reserved: 0, committed: 0, sold: 0 },
  adjusted: { code: 2, onHand: 1, reserved: 0, committed: 0, sold: 0 },
  counted: { code: 3, onHand: 1, reserved: 0, committed: 0, sold: 0 },
  reserved: { code: 4, onHand: 0, reserved: 1, committed: 0, sold: 0 },
  resized: { code: 5, onHand: 0, reserved: 1, committed: 0, sold: 0 },
  released: { code: 6, onHand: 0, reserved: -1, committed: 0, sold: 0 },
  expired: { code: 7, onHand: 0, reserved: -1, committed: 0, sold: 0 },
  pinned: { code: 8, onHand: 0, reserved: 0, committed: 0, sold: 0 },
  transferred: { code: 9, onHand: 0, reserved: 0, committed: 0, sold: 0 },
  consumed: { code: 10, onHand: -1, reserved: -1, committed: 0, sold: 1 },
  // Broken units that are returned are not on hand again (see `onHandChange`).
  returned: { code: 11, onHand: 1, reserved: 0, committed: 0, sold: -1 },
  // Sold units stay on hand until they are dispatched.
  committed: { code: 13, onHand: 0, reserved: -1, committed: 1, sold: 1 },
  fulfilled: { code: 14, onHand: -1, reserved: 0, committed: -1, sold: 0 },
  uncommitted: { code: 15, onHand: 0, reserved: 0, committed: -1, sold: -1 },
  recommitted: { code: 16, onHand: 0, reserved: 0, committed: 1, sold: 1 },
  // Units on hand were assigned to backordered units of a hold. Only the movement's `backordered` changes.
  filled: { code: 17, onHand: 0, reserved: 0, committed: 0, sold: 0 },
  // The kits that a hold has assembled from components (positive) or taken apart (negative).
  assembled: { code: 18, onHand: 1, reserved: 0, committed: 0, sold: 0 },
} as const satisfies Record<string, Kind>;

export type MovementKind = keyof typeof MOVEMENT_EFFECTS;

export const MOVEMENT_KINDS = Object.keys(MOVEMENT_EFFECTS) as MovementKind[];

/** The number of a document event. No kind of movement may have the same number. */
const DOCUMENT_CODE = 12;

/** The kinds of ledger entries with their numbers. */
export const LEDGER_LINES = {
  ...(Object.fromEntries(MOVEMENT_KINDS.map((kind) => [kind, MOVEMENT_EFFECTS[kind].code])) as Record<
    MovementKind,
    number
  >),
  document: DOCUMENT_CODE,
};

/** Returns the change of the units on hand. `isRestocked` says whether returned units are on hand again. */
export const onHandChange = (kind: MovementKind, quantity: number, isRestocked: boolean): number =>
  kind === 'returned' && !isRestocked ? 0 : MOVEMENT_EFFECTS[kind].onHand * quantity;

/** Returns the change of the reserved units. */
export const reservedChange = (kind: MovementKind, quantity: number): number =>
  MOVEMENT_EFFECTS[kind].reserved * quantity;

/** Returns the change of the committed units. */
export const committedChange = (kind: MovementKind, quantity: number): number =>
  MOVEMENT_EFFECTS[kind].committed * quantity;

/** Returns the change of the sold units. */
export const soldChange = (kind: MovementKind, quantity: number): number => MOVEMENT_EFFECTS[kind].sold * quantity;
