import type { PaymentAdapter } from '../adapters/payment-adapter.ts';
import type { Admit } from '../shop/cart/sku-admission.ts';
import type { Holdfast } from '../shop/holdfast-api.ts';
import type { WebhookSender } from '../shop/webhook/webhook-sender.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import type { StoreError } from '../store/store.ts';
import { type Log, SILENT } from '../transact/log.ts';
import { admissionCheckOf } from './admission-keys.ts';
import { openPayments, openStore } from './compose.ts';
import { loadConfig } from './settings/config.ts';
import { startServer } from './start-server.ts';

export interface ServerOptions {
  /** The settings by the names of their environment variables. Default: `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
  /** An open store, and what belongs to it: `{ store }`. Default: the one of the settings. The server closes it. */
  opened?: OpenedStore;
  /** Providers beside those of the settings. Their messages arrive at `POST /payments/<name>`. */
  payments?: readonly PaymentAdapter[];
  /** Admits sessions to protected SKUs. Default: the tokens of the settings. */
  admit?: Admit;
  /** Sends webhooks. Default: over HTTPS. */
  webhookSender?: WebhookSender;
  /** Epoch milliseconds, for the embedded store, sessions and keys. Default: the system's clock. */
  clock?: () => number;
  /** A pino logger fits. Default: nothing is logged. */
  log?: Log;
  /** Called once if the store can continue only in a new process. Default: the error is logged. */
  onFatal?: (error: StoreError) => void;
}

export interface HoldfastServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The configured key, or the one generated at start. */
  readonly operatorKey: string;
  readonly holdfast: Holdfast;
  /** Stops accepting connections, answers the requests in flight, and closes the store. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a server in this process, as `holdfast serve` does, with adapters and hooks of the program. It handles no
 * signals: call `close`. Rejects with `ConfigError` for wrong settings, with `StoreError` if the store cannot be
 * opened, and with the error of the system if it cannot listen.
 */
export async function startHoldfastServer(options: ServerOptions = {}): Promise<HoldfastServer> {
  const { env = process.env, log = SILENT, clock, webhookSender, payments = [] } = options;
  const config = loadConfig(env);
  const admit = options.admit ?? admissionCheckOf(config);
  const adapters = [...(await openPayments(config)), ...payments];
  const onFatal = options.onFatal ?? ((error) => log.error({ err: error }, 'the store needs a new process'));
  const opened = options.opened ?? (await openStore(config, log, onFatal, clock));
  return startServer(config, { ...opened, payments: adapters, admit, webhookSender, clock }, log);
}
