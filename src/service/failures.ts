/** The effect of a call could not be learnt: asking again with `idempotencyKey` resolves it. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  /** The caller's key or the generated one; the latter is good for ten minutes. */
  readonly idempotencyKey: string;

  constructor(idempotencyKey: string, options?: ErrorOptions) {
    super('the outcome of the call is not known', options);
    this.idempotencyKey = idempotencyKey;
  }
}

/** The store answered what it never should: a record that it cannot decode, or a bug. For the log, not for callers. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
}
