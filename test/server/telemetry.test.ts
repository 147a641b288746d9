import { diag } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { logProblems, startTelemetry } from '../../src/server/observability/telemetry.ts';
import { SILENT } from '../../src/transact/log.ts';
import { SYSTEM_RUNTIME } from '../../src/runtime/system-runtime.ts';
import { openTracing } from '../../src/transact/tracing.ts';

const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:1';

test.each([
  {},
  { OTEL_SERVICE_NAME: 'shop', OTEL_TRACES_EXPORTER: '' },
  { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT },
  { OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'otlp' },
  { OTEL_SDK_DISABLED: 'True', OTEL_EXPORTER_OTLP_ENDPOINT },
])('loads no SDK for %j', async (env) => {
  expect(await startTelemetry(env, SILENT)).toBeNull();
  expect(openTracing(SYSTEM_RUNTIME)).toBeNull();
});

test('refuses an exporter that does not exist', async () => {
  const starting = startTelemetry({ OTEL_TRACES_EXPORTER: 'otlp, jaeger' }, SILENT);
  await expect(starting).rejects.toMatchObject({
    name: 'ConfigError',
    problems: ['OTEL_TRACES_EXPORTER must be otlp, console, zipkin or none'],
  });
});

test('logs what a part of the SDK reports, and why', () => {
  const lines: object[] = [];
  logProblems({ ...SILENT, warn: (fields, message) => void lines.push({ ...fields, message }) });
  diag.createComponentLogger({ namespace: 'Exporter' }).warn('cannot be read', new Error('no text'), new Uint8Array(9));
  diag.disable();
  expect(lines).toEqual([{ detail: 'Exporter: cannot be read: no text', message: 'OpenTelemetry: warning' }]);
});
