export interface ExpiryService {
  start(): void;
  stop(): Promise<void>;
  /** Ends what is overdue and does all that follows from it; resolves when that is done. */
  sweepNow(): Promise<void>;
}
