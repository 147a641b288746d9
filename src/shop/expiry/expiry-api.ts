export interface ExpiryService {
  start(): void;
  stop(): Promise<void>;
  /** Ends overdue holds and applies all effects of expiry. Resolves when that is done. */
  sweepNow(): Promise<void>;
}
