/** What the main thread publishes to the thread that answers health checks. */
export interface HealthReport {
  ready: boolean;
  details: Record<string, unknown>;
}

/** Where the health thread listens, and after how long without a sign of the main thread it reports that. */
export interface HealthListener {
  host: string;
  port: number;
  stallMs: number;
}
