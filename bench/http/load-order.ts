/** One timed run of the load generator, as its process receives it. */
export interface LoadOrder {
  /** Ports on 127.0.0.1. The connections are distributed over them in turn. */
  ports: number[];
  path: string;
  /** The text around `"sku":"...","quantity":1`. */
  body: { before: string; after: string };
  /** Each request names one of them at random. */
  skus: string[];
  connections: number;
  ms: number;
}

export interface LoadResult {
  /** Requests that were answered 200. Any other answer ends the run with an error. */
  requests: number;
  /** From the first request to the last answer. */
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  /** Share of one processor, of the generator's own process. */
  generatorCpuShare: number;
}

export type LoadAnswer = { result: LoadResult } | { error: string };
