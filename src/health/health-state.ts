/** The report that the main thread sends to the thread that answers health checks. */
export interface HealthReport {
  ready: boolean;
  details: Record<string, unknown>;
}

/** The address of the health thread, and how long the main thread may be silent before it counts as stalled. */
export interface HealthListener {
  host: string;
  port: number;
  stallMs: number;
}
