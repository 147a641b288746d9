/** The outcome of a call is unknown. A retry with `idempotencyKey` resolves it. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  /** The caller's key or the generated one. A generated key is valid for ten minutes. */
  readonly idempotencyKey: string;

  constructor(idempotencyKey: string, options?: ErrorOptions) {
    super('the outcome of the call is not known', options);
    this.idempotencyKey = idempotencyKey;
  }
}

/** The process serves its maximum number of watchers. Another process may have room. */
export class TooManyWatchers extends Error {
  override readonly name = 'TooManyWatchers';
}

/** The store returned an unexpected answer: an undecodable record, or a bug. For the log, not for callers. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
}

/**
 * Throws `ServiceFailure` if one of `records` (such as `hold:ID`) exists and cannot be decoded, so it is not read as
 * absent.
 */
export function assertReadable(view: { undecodable: readonly string[] }, ...records: string[]): void {
  const broken = records.find((record) => view.undecodable.includes(record));
  if (broken !== undefined) throw new ServiceFailure(`cannot be decoded: ${broken}`);
}
