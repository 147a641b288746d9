import type { Units } from './place-sales.ts';
import type { Sourced } from './place-shop.ts';

export const SHOPPERS = ['ada', 'ben', 'cyd'] as const;
export const SKUS = ['A', 'B', 'C', 'K'] as const;
/** Those that have a stock of their own. */
export const STOCKED = ['A', 'B', 'C'] as const;
/** By their priority at first: berlin, main, oslo. */
export const PLACES = ['main', 'berlin', 'oslo'] as const;

/** `isApt`: see `aptPlan`. */
type Input<D extends string, F extends object = object> = { does: D; isApt?: boolean } & F;
export interface Line {
  sku: string;
  quantity: number;
}
interface At {
  sku: string;
  location: string;
}

/** The plan of a call. It refers to orders, reservations and transfers by `nth`, the newest first. */
export type CallPlan =
  | Input<'add', { who: string; how: Sourced; mode: 'exact' | 'best_effort' } & Line>
  | Input<'set', { who: string; how: Sourced } & Line>
  | Input<'remove', { who: string; sku: string }>
  | Input<'place', { who: string; items: readonly Line[]; how: Sourced }>
  | Input<'begin', { who: string; windowMs: number }>
  | Input<'pay', { nth: number }>
  | Input<'cancel', { nth: number }>
  | Input<'fulfil', { nth: number; line: Units | null }>
  | Input<'cancelLine', { nth: number } & Line>
  | Input<'setLine', { nth: number; how: Sourced } & Line>
  | Input<'giveBack', { nth: number; line: Units; restock: boolean }>
  | Input<'reserve', { lines: readonly Line[]; isBest: boolean; ttlMs: number | null; how: Sourced }>
  | Input<'commit', { nth: number }>
  | Input<'dispatch', { nth: number; line: Line | null }>
  | Input<'release', { nth: number; line: Line | null }>
  | Input<'resize', { nth: number } & Line>
  | Input<'receive', At & { quantity: number }>
  | Input<'adjust', At & { delta: number }>
  | Input<'count', At & { onHand: number }>
  | Input<'define', At & { safetyStock?: number; backorderLimit?: number | null }>
  | Input<'draft', { from: string; to: string; lines: readonly Line[] }>
  | Input<'send', { nth: number }>
  | Input<'arrive', { nth: number; sku: string; quantity: number; lost: number }>
  | Input<'callOff', { nth: number }>
  | Input<'move', { id: string; active: boolean; priority: number }>;
export type CallName = CallPlan['does'];
export type PlanOf<D extends CallName> = Extract<CallPlan, { does: D }>;
