import { diag, DiagLogLevel } from '@opentelemetry/api';
import type * as Sdk from '@opentelemetry/sdk-node';
import { throttle } from '../../http/listener/failure-log.ts';
import type { Log } from '../../transact/log.ts';
import { SYSTEM_RUNTIME } from '../../runtime/system-runtime.ts';
import { openTracing } from '../../transact/tracing.ts';
import { ConfigError } from '../settings/config.ts';
import type { Environment } from '../settings/secret-files.ts';
import { packageVersion } from './package-version.ts';

/** The SDK reads these itself. Holdfast only decides whether to load the SDK at all. */
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;
const EXPORTERS = 'OTEL_TRACES_EXPORTER';
const KNOWN_EXPORTERS = new Set(['otlp', 'console', 'zipkin', 'none']);
const SDK = '@opentelemetry/sdk-node';
/** The exit of the process waits at most this long for the last spans. */
const FLUSH_MS_MAX = 1_000;
const DETAIL_CHARS_MAX = 1_000;

/** The export of spans. */
export interface Telemetry {
  /** Sends the last spans, within a second. Never rejects. */
  close(): Promise<void>;
}

/**
 * Registers OpenTelemetry's SDK if the standard variables of the environment call for it, and returns null otherwise.
 * The SDK reads all its settings from the environment. Rejects with `ConfigError` if its package is not installed. A
 * program that has registered a tracer provider already, as with `node --import`, keeps it.
 */
export async function startTelemetry(env: Environment, log: Log): Promise<Telemetry | null> {
  const variable = exportingVariable(env);
  if (variable === null || openTracing(SYSTEM_RUNTIME)) return null;
  const { NodeSDK, resources } = await loadSdk(variable);
  logProblems(log);
  const name = { 'service.name': 'holdfast', 'service.version': packageVersion() };
  const { envDetector, hostDetector } = resources;
  const sdk = new NodeSDK({
    resource: resources.defaultResource().merge(resources.resourceFromAttributes(name)),
    // The detector of the process would send the command line to the collector.
    ...(!env['OTEL_NODE_RESOURCE_DETECTORS'] && { resourceDetectors: [envDetector, hostDetector] }),
    // Metrics are at /metrics, and log lines on standard output.
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const lost = (error: unknown): void => diag.error('the last spans were not sent', error);
  return { close: () => Promise.race([sdk.shutdown().catch(lost), timeOut(FLUSH_MS_MAX)]) };
}

/** Returns the variable that calls for the export of spans; null if none does. Throws `ConfigError`. */
function exportingVariable(env: Environment): string | null {
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return null;
  const exporters = (env[EXPORTERS] ?? '').split(',').flatMap((each) => each.trim() || []);
  if (!exporters.every((each) => KNOWN_EXPORTERS.has(each))) {
    throw new ConfigError(`${EXPORTERS} must be otlp, console, zipkin or none`);
  }
  if (exporters.includes('none')) return null;
  return exporters.length > 0 ? EXPORTERS : (ENDPOINTS.find((name) => env[name]?.trim()) ?? null);
}

async function loadSdk(variable: string): Promise<typeof Sdk> {
  try {
    return await import('@opentelemetry/sdk-node');
  } catch (error) {
    throw new ConfigError(`${variable} needs the package ${SDK} beside holdfast: npm install ${SDK}@0.223.0`, {
      cause: error,
    });
  }
}

/** Logs what the SDK reports, such as a collector that does not answer, at most once a second of each level. */
export function logProblems(log: Log): void {
  const write = throttle((level, fields) => log.warn(fields, `OpenTelemetry: ${level}`));
  const warn = (...parts: unknown[]): void => write('warning', { detail: detailOf(parts) });
  const error = (...parts: unknown[]): void => write('error', { detail: detailOf(parts) });
  const ignore = (): void => undefined;
  diag.setLogger({ warn, error, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
}

/** A part of the SDK passes its name first, and then a message, errors and data. */
const detailOf = (parts: readonly unknown[]): string =>
  parts
    .map((part) => (part instanceof Error ? part.message : part))
    .filter((part) => typeof part === 'string')
    .join(': ')
    .slice(0, DETAIL_CHARS_MAX);

const timeOut = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
