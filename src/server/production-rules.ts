import { estimatedBits } from './secret-strength.ts';

const SESSION_SECRET_CHARS_MIN = 32;
/** One session id is enough to try secrets offline. 128 random bits in hexadecimal digits are estimated at 115. */
const SESSION_SECRET_BITS_MIN = 90;
/** A key can only be tried against the server, which logs and limits that. This refuses examples and patterns. */
const OPERATOR_KEY_BITS_MIN = 16;
const GENERATE = 'generate it with: openssl rand -base64 32';

/** The settings that decide whether strangers can do harm. */
interface ExposedSettings {
  NODE_ENV: string;
  OPERATOR_KEY?: string | undefined;
  OPERATOR_KEY_PREVIOUS?: string | undefined;
  SESSION_SECRET?: string | undefined;
  SESSION_SECRET_PREVIOUS?: string | undefined;
  CORS_ORIGINS: readonly string[];
}

type GivenSettings = Readonly<Record<string, string | undefined>>;

/**
 * Returns why a server with these settings must not serve the internet, one line for each problem. `given` has the
 * variables that are set. Empty unless `NODE_ENV` is `production`.
 */
export function productionProblems(config: ExposedSettings, given: GivenSettings): string[] {
  if (config.NODE_ENV !== 'production') return [];
  const problems = [...operatorKeyProblems(config), ...sessionSecretProblems(config)];
  if (given['CHECKOUT_PLACE'] === undefined) {
    problems.push(
      'CHECKOUT_PLACE is required with NODE_ENV=production: operator (checkout.place sells without a payment, so only ' +
        'your backend may call it), or shopper (anyone may)',
    );
  }
  if (config.CORS_ORIGINS.includes('*')) {
    problems.push(
      'CORS_ORIGINS takes the origins of your pages with NODE_ENV=production: with *, pages of any site may send ' +
        'session ids and keys',
    );
  }
  return problems;
}

/** Returns what to change before production, one line each. Empty with `NODE_ENV=production`, which refuses it. */
export function secretWarnings(config: ExposedSettings): string[] {
  if (config.NODE_ENV === 'production') return [];
  return SESSION_SECRETS.flatMap((name) => {
    const weakness = weaknessOf(config[name]);
    return weakness === null ? [] : `${name} ${weakness}: NODE_ENV=production refuses it; ${GENERATE}`;
  });
}

const OPERATOR_KEYS = ['OPERATOR_KEY', 'OPERATOR_KEY_PREVIOUS'] as const;
const SESSION_SECRETS = ['SESSION_SECRET', 'SESSION_SECRET_PREVIOUS'] as const;

function operatorKeyProblems(config: ExposedSettings): string[] {
  if (config.OPERATOR_KEY === undefined) {
    return ['OPERATOR_KEY is required with NODE_ENV=production: 16 printable ASCII characters or more, no spaces'];
  }
  return OPERATOR_KEYS.flatMap((name) => {
    const key = config[name];
    if (key === undefined || estimatedBits(key) >= OPERATOR_KEY_BITS_MIN) return [];
    return `${name} is an example or a pattern, and anyone may guess it: ${GENERATE}`;
  });
}

function sessionSecretProblems(config: ExposedSettings): string[] {
  if (config.SESSION_SECRET === undefined) {
    return [`SESSION_SECRET is required with NODE_ENV=production: without it, any text is a session; ${GENERATE}`];
  }
  return SESSION_SECRETS.flatMap((name) => {
    const weakness = weaknessOf(config[name]);
    return weakness === null ? [] : `${name} ${weakness}, so that sessions can be forged: ${GENERATE}`;
  });
}

/** Returns why a secret of sessions is weak; null if it is strong or unset. */
function weaknessOf(secret: string | undefined): string | null {
  if (secret === undefined) return null;
  if (secret.length < SESSION_SECRET_CHARS_MIN) return `has fewer than ${SESSION_SECRET_CHARS_MIN} characters`;
  return estimatedBits(secret) < SESSION_SECRET_BITS_MIN ? 'can be guessed' : null;
}
