import { PAYMENT_WINDOW_MS_MAX } from '../../contract/settings.ts';
import { shopTag } from '../../transact/documents/ids.ts';
import { productionProblems } from './production-rules.ts';
import { type Environment, withSecretFiles } from './secret-files.ts';
import { type Config, CONFIG_SCHEMA } from './settings-table.ts';

export type { Config } from './settings-table.ts';

/** The message names each wrong variable and what it accepts. It omits the value, which may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** A line for each problem. */
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[], options?: ErrorOptions) {
    const lines = typeof problems === 'string' ? [problems] : problems;
    super(lines.join('; '), options);
    this.problems = lines;
  }
}

/** Returns the settings of an environment, and of the files that it names for secrets. Throws `ConfigError`. */
export function loadConfig(env: Environment): Config {
  const nonEmpty = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const { settings: given, problems: fileProblems } = withSecretFiles(nonEmpty);
  const parsed = CONFIG_SCHEMA.safeParse(given);
  const problems = parsed.success
    ? [...productionProblems(parsed.data, given), ...contradictions(parsed.data)]
    : [...new Set(parsed.error.issues.map((issue) => String(issue.path[0])))].map(expectedValue);
  if (!parsed.success || fileProblems.length > 0 || problems.length > 0) {
    throw new ConfigError([...fileProblems, ...problems]);
  }
  return parsed.data;
}

const expectedValue = (name: string): string =>
  `${name} must be ${CONFIG_SCHEMA.shape[name as keyof typeof CONFIG_SCHEMA.shape].description}`;

/** Secrets whose previous value is accepted too, while they are replaced. */
const REPLACED = ['OPERATOR_KEY', 'SESSION_SECRET', 'ADMISSION_SECRET'] as const;

/** Returns the problems of values that are valid alone but not together. */
function contradictions(config: Config): string[] {
  const problems: string[] = [];
  for (const name of REPLACED) {
    if (config[name] !== undefined || config[`${name}_PREVIOUS`] === undefined) continue;
    problems.push(`${name}_PREVIOUS requires ${name}: the value that replaces it`);
  }
  if (config.CLIENT_KEYS === 'on' && config.TRUST_PROXY.length === 0) {
    problems.push('CLIENT_KEYS=on requires TRUST_PROXY: the proxies that may send X-Client-Key');
  }
  if (config.DATA_KEY_PREVIOUS !== undefined && config.DATA_KEY === undefined) {
    problems.push('DATA_KEY_PREVIOUS requires DATA_KEY: the key that replaces it');
  }
  if (config.REDIS_URL === undefined && config.DURABILITY !== undefined && config.DURABILITY !== 'local') {
    problems.push('DURABILITY must be local without REDIS_URL: the embedded store supports no other level');
  }
  if ((config.PAYMENT_WINDOW_MAX_MS ?? PAYMENT_WINDOW_MS_MAX) < config.PAYMENT_WINDOW_MS) {
    problems.push(`PAYMENT_WINDOW_MAX_MS must be at least the ${config.PAYMENT_WINDOW_MS} of PAYMENT_WINDOW_MS`);
  }
  if (config.REDIS_URL === undefined && config.MARK_FILE !== undefined) {
    problems.push('MARK_FILE requires REDIS_URL: the embedded store needs no mark outside its data');
  }
  return [...problems, ...shopContradictions(config), ...portContradictions(config), ...tlsContradictions(config)];
}

function shopContradictions({ SHOP, SHOPS, SHOP_HOSTS, MARK_FILE }: Config): string[] {
  const problems: string[] = [];
  if (SHOPS === undefined) return SHOP_HOSTS.length > 0 ? ['SHOP_HOSTS requires SHOPS'] : [];
  if (SHOPS.includes('*') && SHOPS.length > 1) problems.push('SHOPS must be names of shops, or * alone');
  if (MARK_FILE !== undefined) problems.push('MARK_FILE has the mark of one shop, and cannot be combined with SHOPS');
  const served = new Set([SHOP, ...SHOPS]);
  if (new Set(SHOPS).size < SHOPS.length) problems.push('SHOPS must name each shop once');
  if (new Set([...served].map(shopTag)).size < served.size) {
    problems.push('SHOPS has two names with the same tag, which keys and sessions contain: rename one of them');
  }
  const hosts = SHOP_HOSTS.map((pair) => pair.replace(/=.*/, '').toLowerCase());
  if (new Set(hosts).size < hosts.length) problems.push('SHOP_HOSTS must name each host once');
  for (const pair of SHOPS.includes('*') ? [] : SHOP_HOSTS) {
    const [, shop = ''] = pair.split('=');
    if (!served.has(shop)) problems.push('SHOP_HOSTS must name only shops of SHOPS or SHOP');
  }
  return problems;
}

const EVERY_HOST = new Set(['0.0.0.0', '::']);

interface Listener {
  name: string;
  host: string;
  port: number | undefined;
}

function portContradictions({ HOST, PORT, HEALTH_PORT, HEALTH_HOST, ADMIN_PORT, ADMIN_HOST }: Config): string[] {
  const api = { name: 'PORT', host: HOST, port: PORT };
  const health = { name: 'HEALTH_PORT', host: HEALTH_HOST ?? HOST, port: HEALTH_PORT };
  const admin = { name: 'ADMIN_PORT', host: ADMIN_HOST, port: ADMIN_PORT };
  const pairs: [Listener, Listener][] = [
    [health, api],
    [admin, api],
    [admin, health],
  ];
  return pairs
    .filter(([one, other]) => isSameAddress(one, other))
    .map(([one, other]) => `${one.name} must be another port than ${other.name}, which is ${other.port} as well`);
}

/**
 * Whether both listeners have the same address. Port 0 is a free port for each, and two hosts may have the same port.
 */
function isSameAddress(one: Listener, other: Listener): boolean {
  if (one.port === undefined || one.port === 0 || one.port !== other.port) return false;
  return one.host === other.host || EVERY_HOST.has(one.host) || EVERY_HOST.has(other.host);
}

function tlsContradictions({ REDIS_URL, REDIS_TLS_CA, REDIS_TLS_CERT, REDIS_TLS_KEY }: Config): string[] {
  const problems: string[] = [];
  const isSet = [REDIS_TLS_CA, REDIS_TLS_CERT, REDIS_TLS_KEY].some((path) => path !== undefined);
  if (isSet && !/^rediss(\+(sentinel|cluster))?:/.test(REDIS_URL ?? '')) {
    problems.push('REDIS_TLS_CA, REDIS_TLS_CERT and REDIS_TLS_KEY need a REDIS_URL that begins with rediss://');
  }
  if ((REDIS_TLS_CERT === undefined) !== (REDIS_TLS_KEY === undefined)) {
    problems.push('REDIS_TLS_CERT and REDIS_TLS_KEY must be set together: the certificate of a client and its key');
  }
  return problems;
}
