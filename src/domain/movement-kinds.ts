interface Kind {
  /** The number of the kind in records: see `Codes`. */
  code: number;
  /** By how much each unit of a movement changes the counters of its SKU. */
  onHand: number;
  reserved: number;
  sold: number;
}

const KINDS = {
  received: { code: 1, onHand: 1, reserved: 0, sold: 0 },
  adjusted: { code: 2, onHand: 1, reserved: 0, sold: 0 },
  counted: { code: 3, onHand: 1, reserved: 0, sold: 0 },
  reserved: { code: 4, onHand: 0, reserved: 1, sold: 0 },
  resized: { code: 5, onHand: 0, reserved: 1, sold: 0 },
  released: { code: 6, onHand: 0, reserved: -1, sold: 0 },
  expired: { code: 7, onHand: 0, reserved: -1, sold: 0 },
  pinned: { code: 8, onHand: 0, reserved: 0, sold: 0 },
  transferred: { code: 9, onHand: 0, reserved: 0, sold: 0 },
  consumed: { code: 10, onHand: -1, reserved: -1, sold: 1 },
  // Units that come back broken are not on hand again.
  returned: { code: 11, onHand: 1, reserved: 0, sold: -1 },
} as const satisfies Record<string, Kind>;

export type MovementKind = keyof typeof KINDS;

export const MOVEMENT_KINDS = Object.keys(KINDS) as MovementKind[];

/** The number of a document's event. No kind of movement may have it. */
const DOCUMENT_CODE = 12;

/** The words of the ledger with their numbers. */
export const LEDGER_LINES = {
  ...(Object.fromEntries(MOVEMENT_KINDS.map((kind) => [kind, KINDS[kind].code])) as Record<MovementKind, number>),
  document: DOCUMENT_CODE,
};

/** Returns what a movement does to the units on hand. `isRestocked` says whether returned units are among them again. */
export const onHandChange = (kind: MovementKind, quantity: number, isRestocked: boolean): number =>
  kind === 'returned' && !isRestocked ? 0 : KINDS[kind].onHand * quantity;

/** Returns what a movement does to the reserved units. */
export const reservedChange = (kind: MovementKind, quantity: number): number => KINDS[kind].reserved * quantity;

/** Returns what a movement does to the sold units. */
export const soldChange = (kind: MovementKind, quantity: number): number => KINDS[kind].sold * quantity;
