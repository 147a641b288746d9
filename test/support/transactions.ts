import type { Cause, Money } from '../../src/domain/records.ts';
import type {
  AdjustStep,
  ConfigureStep,
  CommitStep,
  ConsumeStep,
  CountStep,
  DropStep,
  ExtendStep,
  FillStep,
  FulfilStep,
  ExpectedVersion,
  PinStep,
  PutStep,
  ReleaseStep,
  ReserveStep,
  ResizeStep,
  ReturnStep,
  Step,
  TransferStep,
} from '../../src/domain/steps.ts';
import type { Transaction } from '../../src/domain/transaction.ts';

/** Short functions for steps, so that a table of cases is easy to read. No case depends on the defaults. */

/** The start of every test's clock: on a boundary of all retention periods. */
export const START = 1_749_945_600_000;
export const TTL_MS = 60_000;
export const LIFETIME_MS = 3_600_000;
export const OPERATOR: Cause = { by: 'operator' };

type Rest<S> = Partial<Omit<S, 'kind'>>;

export const configure = (sku: string, rest: Rest<ConfigureStep> = {}): ConfigureStep => ({
  kind: 'configure',
  sku,
  ...rest,
});
export const receive = (sku: string, delta: number): AdjustStep => ({ kind: 'adjust', sku, delta, as: 'received' });
export const adjust = (sku: string, delta: number): AdjustStep => ({ kind: 'adjust', sku, delta, as: 'adjusted' });
export const count = (sku: string, onHand: number, expectedOnHand?: number): CountStep => ({
  kind: 'count',
  sku,
  onHand,
  ...(expectedOnHand === undefined ? {} : { expectedOnHand }),
});

export const reserve = (holdId: string, sku: string, want: number, rest: Rest<ReserveStep> = {}): ReserveStep => ({
  kind: 'reserve',
  holdId,
  sku,
  min: want,
  want,
  ttlMs: TTL_MS,
  owner: 'cart:1',
  customer: 'guest:1',
  ...rest,
});
export const resizeTo = (holdId: string, to: number, rest: Rest<ResizeStep> = {}): ResizeStep => ({
  kind: 'resize',
  holdId,
  change: { to },
  quantityMax: 10_000,
  ...rest,
});
export const resizeBy = (holdId: string, want: number, rest: Rest<ResizeStep> & { min?: number } = {}): ResizeStep => {
  const { min = want, ...others } = rest;
  return { kind: 'resize', holdId, change: { by: { min, want } }, quantityMax: 10_000, ...others };
};
export const extend = (holdId: string, ttlMs: number | null, rest: Rest<ExtendStep> = {}): ExtendStep => ({
  kind: 'extend',
  holdId,
  ttlMs,
  lifetimeMs: LIFETIME_MS,
  ...rest,
});
export const pin = (holdId: string, windowMs: number, rest: Rest<PinStep> = {}): PinStep => ({
  kind: 'pin',
  holdId,
  windowMs,
  toOwner: 'order:1',
  ...rest,
});
export const transfer = (holdId: string, toOwner: string, rest: Rest<TransferStep> = {}): TransferStep => ({
  kind: 'transfer',
  holdId,
  toOwner,
  ...rest,
});
export const release = (holdId: string, rest: Rest<ReleaseStep> = {}): ReleaseStep => ({
  kind: 'release',
  holdId,
  ...rest,
});
export const consume = (holdId: string, rest: Rest<ConsumeStep> = {}): ConsumeStep => ({
  kind: 'consume',
  holdId,
  ...rest,
});
export const commit = (holdId: string, rest: Rest<CommitStep> = {}): CommitStep => ({
  kind: 'commit',
  holdId,
  ...rest,
});
export const fulfil = (holdId: string, units: number, rest: Rest<FulfilStep> = {}): FulfilStep => ({
  kind: 'fulfil',
  holdId,
  units,
  ...rest,
});
export const fill = (holdId: string, units: number, backordered: number): FillStep => ({
  kind: 'fill',
  holdId,
  units,
  backordered,
});
export const giveBack = (sku: string, quantity: number, rest: Rest<ReturnStep> = {}): ReturnStep => ({
  kind: 'return',
  sku,
  quantity,
  restock: true,
  ...rest,
});
export const put = (key: string, expect: ExpectedVersion, rest: Rest<PutStep> = {}): PutStep => ({
  kind: 'put',
  key,
  expect,
  ...rest,
});
export const drop = (key: string, expect: ExpectedVersion, rest: Rest<DropStep> = {}): DropStep => ({
  kind: 'drop',
  key,
  expect,
  ...rest,
});
export const euros = (amount: number): Money => ({ amount, currency: 'EUR' });

export const transaction = (id: string, steps: readonly Step[], rest: Partial<Transaction> = {}): Transaction => ({
  id,
  fingerprint: `f:${id}`,
  retention: 'short',
  cause: OPERATOR,
  steps,
  ...rest,
});
