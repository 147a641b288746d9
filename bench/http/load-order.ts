/** One timed run of the load generator, as it is told to its process. */
export interface LoadOrder {
  /** Of 127.0.0.1; connections are dealt out to them in turn. */
  ports: number[];
  path: string;
  /** What stands around `"sku":"...","quantity":1`. */
  body: { before: string; after: string };
  /** Each request names one of them at random. */
  skus: string[];
  connections: number;
  ms: number;
}

export interface LoadResult {
  /** Requests that were answered 200. All others end the run with an error. */
  requests: number;
  /** From the first request to the last answer. */
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  /** Of one processor, of the generator's own process. */
  generatorCpuShare: number;
}

export type LoadAnswer = { result: LoadResult } | { error: string };
