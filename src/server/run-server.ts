import type { Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { shutDownOnSignals } from './shutdown/graceful-shutdown.ts';
import { startAdminServer } from './admin-server.ts';
import { admissionCheckOf } from './admission-keys.ts';
import { openPayments, openStore } from './compose.ts';
import { type Config, ConfigError } from './settings/config.ts';
import { secretWarnings } from './settings/production-rules.ts';
import { productionWarnings } from './settings/production-warnings.ts';
import { FatalShutdown } from './shutdown/fatal-shutdown.ts';
import { forceShutdownAfter } from './shutdown/forced-shutdown.ts';
import { explainListen } from './listen-error.ts';
import type { Foundations } from './shops/foundations.ts';
import { startHealthThread } from '../health/health-thread.ts';
import { createLog } from './observability/pino-log.ts';
import { startTelemetry } from './observability/telemetry.ts';
import { healthReport } from '../health/readiness.ts';
import { type OpenFoundations, type RunningServer, startServer } from './start-server.ts';
import { type Log, logWith } from '../transact/log.ts';

/** The exit codes of a failed start: a setting is wrong, or something else prevents the start, such as a used port. */
const START_EXIT = { badConfiguration: 2, cannotStart: 3 } as const;
/** The process is killed after this if lmdb-js blocks the exit, because the disk does not respond. */
const EXIT_MS_MAX = 5_000;

const NO_SECRET =
  'SESSION_SECRET is not set: only this process knows the customers of the sessions that it issues, until it restarts';
const NO_DATA_KEY =
  'DATA_KEY is not set: contacts of orders and secrets of webhooks are stored unencrypted, see docs/privacy.md';

/** Starts the server of a configuration in this process, like `startProcess`. */
export const runServer = (load: () => Config): Promise<void> =>
  startProcess(async () => {
    const config = load();
    const log = createLog(config.LOG_LEVEL);
    await serveShop(config, log, (onFatal) => openStore(config, log, onFatal));
  });

/**
 * Starts a server in this process, which a signal ends. Resolves once it listens. If it cannot start, writes a line for
 * each reason to standard error, and ends the process: with code 2 if a setting is wrong, else with 3.
 */
export async function startProcess<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    for (const line of problemsOf(error)) process.stderr.write(`holdfast: ${line}\n`);
    forceShutdownAfter(EXIT_MS_MAX);
    process.exit(error instanceof ConfigError ? START_EXIT.badConfiguration : START_EXIT.cannotStart);
  }
}

/** Returns a line for each reason why the server cannot start. */
function problemsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  return [error instanceof Error ? error.message : String(error)];
}

/**
 * Opens a store, and starts a server on it that a signal ends. `open` receives the function to call if the store
 * breaks. It ends the process.
 */
export async function serveShop(
  config: Config,
  log: Logger,
  open: (onFatal: (error: Error) => void) => Promise<Foundations>,
): Promise<RunningServer> {
  const telemetry = await startTelemetry(process.env, log);
  const payments = await openPayments(config);
  const admit = admissionCheckOf(config);
  const fatal = new FatalShutdown(log);
  const opened = await open(fatal.shutDown);
  const others = openOthers(log, fatal.shutDown);
  const server = await startServer(config, { payments, admit, ...opened }, log, others).catch(
    explainListen('HOST and PORT'),
  );
  fatal.closeWith(server.close);
  collectDefaultMetrics({ register: server.metrics.registry });
  if (config.OPERATOR_KEY === undefined) showKey(server);
  if (config.SESSION_SECRET === undefined && opened.store.supports.multiProcess) log.warn(NO_SECRET);
  if (config.DATA_KEY === undefined && config.NODE_ENV === 'production') log.warn(NO_DATA_KEY);
  for (const line of [...secretWarnings(config), ...productionWarnings(config)]) log.warn(line);
  const health = await startHealth(config, server);
  const admin = await startAdmin(config, server);
  // Both answer until the server has closed, so that its readiness and metrics can be read during the shutdown.
  const closeOthers = () => Promise.all([health?.close(), admin?.close(), telemetry?.close()]);
  shutDownOnSignals(() => server.close().finally(closeOthers), log);
  // Logged last, because a supervisor that reads this line may send a signal at once.
  const { engine, durability } = opened.store.supports;
  const healthPort = health && { healthPort: health.port };
  const adminPort = admin && { adminPort: admin.port };
  log.info({ url: server.url, ...healthPort, ...adminPort, shop: config.SHOP, engine, durability }, 'listening');
  return server;
}

/** Returns a function that opens the stores of the shops other than `SHOP`. */
const openOthers =
  (log: Log, onFatal: (error: Error) => void): OpenFoundations =>
  async (config) => ({
    payments: await openPayments(config),
    admit: admissionCheckOf(config),
    ...(await openStore(config, logWith(log, { shop: config.SHOP }), onFatal)),
  });

/** Starts the thread that answers health checks, if the configuration has a port for it. */
async function startHealth({ HEALTH_PORT, HEALTH_HOST, HOST }: Config, server: RunningServer) {
  if (HEALTH_PORT === undefined) return null;
  const listener = {
    host: HEALTH_HOST ?? HOST,
    port: HEALTH_PORT,
    judge: async () => healthReport(server.readiness.verdict),
  };
  return startHealthThread(listener).catch(explainListen('HEALTH_HOST and HEALTH_PORT'));
}

/** Starts the listener for metrics, details and the console, if the configuration has a port for it. */
async function startAdmin({ ADMIN_PORT, ADMIN_HOST, CONSOLE }: Config, server: RunningServer) {
  if (ADMIN_PORT === undefined) return null;
  const { readiness, readMetrics, handle: api } = server;
  const options = { readiness: () => readiness.verdict, metrics: readMetrics, console: CONSOLE, api };
  return startAdminServer({ host: ADMIN_HOST, port: ADMIN_PORT }, options).catch(
    explainListen('ADMIN_HOST and ADMIN_PORT'),
  );
}

/** Writes the key to standard error, because logs are stored. */
function showKey({ operatorKey }: RunningServer): void {
  process.stderr.write(`holdfast: OPERATOR_KEY is not set; the operator key of this run is ${operatorKey}\n`);
}
