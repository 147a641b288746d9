import { networksOf } from '../../http/listener/client-address.ts';
import { estimatedBits } from './secret-strength.ts';
import type { Config } from './settings-table.ts';
type GivenSettings = Readonly<Record<string, string | undefined>>;

const SECRET_CHARS_MIN = 32;
/** One session id or token is enough to try secrets offline. 128 random bits are estimated at 115, rarely below 80. */
const SECRET_BITS_MIN = 75;
/** A key can only be tried against the server, which logs and limits that. 64 random bits are estimated at 51. */
const OPERATOR_KEY_BITS_MIN = 36;
/** 32 random bytes have about 30 different values. */
const DATA_KEY_VALUES_MIN = 16;
/** The largest private networks are 10.0.0.0/8 and fc00::/7. Larger ones have addresses of strangers. */
const TRUSTED_BITS_MIN = { ipv4: 8, ipv6: 7 };
const STRIPE_SECRET = /^whsec_[A-Za-z0-9+/=_-]{24,}$/;
const GENERATE = 'generate it with: openssl rand -base64 32';

const OPERATOR_KEYS = ['OPERATOR_KEY', 'OPERATOR_KEY_PREVIOUS'] as const;
const SESSION_SECRETS = ['SESSION_SECRET', 'SESSION_SECRET_PREVIOUS'] as const;
const ADMISSION_SECRETS = ['ADMISSION_SECRET', 'ADMISSION_SECRET_PREVIOUS'] as const;
const DATA_KEYS = ['DATA_KEY', 'DATA_KEY_PREVIOUS'] as const;
const SECRETS = [...OPERATOR_KEYS, ...SESSION_SECRETS, ...ADMISSION_SECRETS, ...DATA_KEYS, 'STRIPE_WEBHOOK_SECRET'];

/**
 * Returns why a server with these settings must not serve the internet, one line for each problem. `given` has the
 * variables that are set. Empty unless `NODE_ENV` is `production`.
 */
export function productionProblems(config: Config, given: GivenSettings): string[] {
  if (config.NODE_ENV !== 'production') return [];
  return [
    ...operatorKeyProblems(config),
    ...sessionSecretProblems(config),
    ...weakSecrets(config, ADMISSION_SECRETS, 'admissions'),
    ...dataKeyProblems(config),
    ...sharedSecretProblems(given),
    ...exposureProblems(config, given),
  ];
}

/** Returns what to change before production, one line each. Empty with `NODE_ENV=production`, which refuses it. */
export function secretWarnings(config: Config): string[] {
  if (config.NODE_ENV === 'production') return [];
  return SESSION_SECRETS.flatMap((name) => {
    const weakness = weaknessOf(config[name]);
    return weakness === null ? [] : `${name} ${weakness}: NODE_ENV=production refuses it; ${GENERATE}`;
  });
}

function operatorKeyProblems(config: Config): string[] {
  if (config.OPERATOR_KEY === undefined) {
    return ['OPERATOR_KEY is required with NODE_ENV=production: 16 printable ASCII characters or more, no spaces'];
  }
  return OPERATOR_KEYS.flatMap((name) => {
    const key = config[name];
    if (key === undefined || estimatedBits(key) >= OPERATOR_KEY_BITS_MIN) return [];
    return `${name} is an example or a pattern, and anyone may guess it: ${GENERATE}`;
  });
}

function sessionSecretProblems(config: Config): string[] {
  if (config.SESSION_SECRET === undefined) {
    return [`SESSION_SECRET is required with NODE_ENV=production: without it, any text is a session; ${GENERATE}`];
  }
  return weakSecrets(config, SESSION_SECRETS, 'sessions');
}

function weakSecrets(
  config: Config,
  names: readonly ((typeof SESSION_SECRETS)[number] | (typeof ADMISSION_SECRETS)[number])[],
  forged: string,
): string[] {
  return names.flatMap((name) => {
    const weakness = weaknessOf(config[name]);
    return weakness === null ? [] : `${name} ${weakness}, so that ${forged} can be forged: ${GENERATE}`;
  });
}

/** Returns why a secret that can be tried offline is weak; null if it is strong or unset. */
function weaknessOf(secret: string | undefined): string | null {
  if (secret === undefined) return null;
  if (secret.length < SECRET_CHARS_MIN) return `has fewer than ${SECRET_CHARS_MIN} characters`;
  return estimatedBits(secret) < SECRET_BITS_MIN ? 'can be guessed' : null;
}

function dataKeyProblems(config: Config): string[] {
  return DATA_KEYS.flatMap((name) => {
    const key = config[name];
    if (key === undefined || (new Set(key).size >= DATA_KEY_VALUES_MIN && !isSequence(key))) return [];
    return `${name} is a pattern, and anyone may guess it: ${GENERATE}`;
  });
}

const isSequence = (key: Uint8Array): boolean =>
  key.every((byte, at) => at === 0 || Math.abs(byte - (key[at - 1] ?? 0)) === 1);

/** The previous value of a secret may be equal to its current value, but not to another secret. */
function sharedSecretProblems(given: GivenSettings): string[] {
  return SECRETS.flatMap((name, at) => {
    const other = SECRETS.slice(at + 1).find(
      (next) => given[next] === given[name] && currentName(next) !== currentName(name),
    );
    if (given[name] === undefined || other === undefined) return [];
    return `${other} must have another value than ${name}: a program that knows one would know the other; ${GENERATE}`;
  });
}

const currentName = (name: string): string => name.replace(/_PREVIOUS$/, '');

function exposureProblems(config: Config, given: GivenSettings): string[] {
  const problems: string[] = [];
  if (given['CHECKOUT_PLACE'] === undefined) {
    problems.push(
      'CHECKOUT_PLACE is required with NODE_ENV=production: operator (checkout.place sells without a payment, so only ' +
        'your backend may call it), or shopper (anyone may)',
    );
  }
  if (config.CORS_ORIGINS.includes('*')) {
    problems.push(
      'CORS_ORIGINS must be the origins of your pages with NODE_ENV=production: with *, pages of any site may send ' +
        'session ids and keys',
    );
  }
  if (networksOf(config.TRUST_PROXY).some(([network, bits]) => bits < TRUSTED_BITS_MIN[network.kind()])) {
    problems.push(
      'TRUST_PROXY must be networks of your proxies with NODE_ENV=production: a network larger than 10.0.0.0/8 ' +
        'or fc00::/7 has addresses of strangers, who could choose their client',
    );
  }
  if (config.STRIPE_WEBHOOK_SECRET !== undefined && !STRIPE_SECRET.test(config.STRIPE_WEBHOOK_SECRET)) {
    problems.push(
      'STRIPE_WEBHOOK_SECRET must be the signing secret of the endpoint with NODE_ENV=production: whsec_ and 24 ' +
        'characters or more, as the dashboard of Stripe shows it',
    );
  }
  return problems;
}
