import { REST_PREFIX } from '../../contract/rest-paths.ts';
import { pathOf } from './http-server.ts';

export const LIVE_PATH = '/health/live';
export const READY_PATH = '/health/ready';
export const METRICS_PATH = '/metrics';
export const DOCS_PATH = '/docs';
export const DOCUMENT_PATH = `${REST_PREFIX}/openapi.json`;
export const CONSOLE_PATH = '/console';

/**
 * The paths of the process: their answers do not depend on the shop that a request names. All other paths, such as
 * those of calls, of payments and of the clock of a development server, belong to a shop.
 */
export const PROCESS_PATHS = [LIVE_PATH, READY_PATH, METRICS_PATH, DOCS_PATH, DOCUMENT_PATH, CONSOLE_PATH] as const;

const PATHS: ReadonlySet<string> = new Set(PROCESS_PATHS);
const BELOW_CONSOLE = `${CONSOLE_PATH}/`;

/** Returns whether a target in its normal form is a path of the process. */
export function isOfProcess(target: string): boolean {
  const path = pathOf(target);
  return PATHS.has(path) || path.startsWith(BELOW_CONSOLE);
}
