import { randomBytes } from 'node:crypto';
import { Option } from 'commander';
import type { Config } from '../../server/settings/config.ts';
import type { DevOptions } from '../../server/dev-server.ts';
import { type CliCommand, type CliEnvironment, UsageError } from '../context/cli-context.ts';
import { EXAMPLE_SKU, seedShop } from './dev-seed.ts';
import type { Holdfast } from '../../shop/holdfast-api.ts';
import { addSettingFlags, configOf, settingsIn } from './setting-flags.ts';
import { STORE_GROUP } from '../../server/settings/settings-table.ts';

const DEV_HELP = `
The shop has a few SKUs from the start. Its clock runs, and can be moved ahead: holds and orders that are overdue by
then end at once.

  curl localhost:3000/dev/clock -H 'content-type: application/json' -d '{"advanceMs":900000}'

Settings come from the environment and from flags, like those of "holdfast serve", except for those of the store.

Exit codes: those of "holdfast serve"; 2 with NODE_ENV=production.`;

const STORES: readonly DevOptions['store'][] = ['memory', 'embedded'];
const DEV_KEY_BYTES = 16;
const DEV_KEY_PREFIX = 'dev_';

/** Without `SESSION_SECRET`, any id is a session. */
const SHOPPER = 'shopper-0001';

interface DevCommandOptions {
  store: DevOptions['store'];
  dataDir?: string;
  nodeEnv?: string;
}

/** Adds the flags and the work of `dev`, which runs a server for development in this process. */
export function completeDev(dev: CliCommand): void {
  dev
    .addOption(new Option('--store <store>', 'the store of the shop').choices(STORES).default('memory'))
    .option('--data-dir <dir>', 'keep the embedded shop in this directory (default: a temporary one)');
  // The settings of the store are left out, so that `dev` never opens the store of a real shop.
  addSettingFlags(dev, [STORE_GROUP]);
  dev
    .addHelpText('after', DEV_HELP)
    .action((options: DevCommandOptions, command: CliCommand) => develop(options, command));
}

async function develop({ store, dataDir, nodeEnv }: DevCommandOptions, command: CliCommand): Promise<void> {
  const { env, out } = command.environment;
  const { url: calledUrl, json } = command.optsWithGlobals<{ url?: string; json?: boolean }>();
  if (calledUrl !== undefined)
    throw new UsageError('dev does not accept --url, because it calls no server: see --host and --port');
  if (dataDir !== undefined && store === 'memory') throw new UsageError('--data-dir requires --store embedded');
  // Help does not need the modules of the server and the client.
  const { runDevServer, temporaryDataDir } = await import('../../server/dev-server.ts');
  const { createHoldfastClient } = await import('../../client/client.ts');
  const dir = store === 'memory' ? undefined : (dataDir ?? temporaryDataDir());
  const config = (): Config => configOf(command, devEnvironment(env, dir));
  let skus: string[] = [];
  const prepare = async (holdfast: Holdfast): Promise<void> => {
    skus = await seedShop(holdfast);
  };
  const server = await runDevServer({ store, nodeEnv: nodeEnv ?? env.NODE_ENV, load: config, prepare });
  const { url, operatorKey } = server;
  const client = createHoldfastClient({ url, operatorKey });
  try {
    const { SESSION_SECRET, API_DOCS, CONSOLE, ADMIN_PORT } = config();
    const isAnyId = SESSION_SECRET === undefined;
    const sessionId = isAnyId ? SHOPPER : (await client.session.create.mutate({})).sessionId;
    const shop = { url, operatorKey, sessionId, skus };
    out(
      json
        ? JSON.stringify(shop)
        : welcome(shop, {
            dataDir,
            hasDocs: API_DOCS === 'on',
            hasConsole: CONSOLE === 'on' && ADMIN_PORT === undefined,
          }),
    );
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Returns the environment without the settings of the store, and with the defaults of `dev`. */
function devEnvironment(env: CliEnvironment['env'], dataDir: string | undefined): CliEnvironment['env'] {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const hasKey = given['OPERATOR_KEY'] !== undefined || given['OPERATOR_KEY_FILE'] !== undefined;
  const key = hasKey ? {} : { OPERATOR_KEY: `${DEV_KEY_PREFIX}${randomBytes(DEV_KEY_BYTES).toString('base64url')}` };
  const unread = Object.fromEntries(settingsIn(STORE_GROUP).map((name) => [name, undefined]));
  return { LOG_LEVEL: 'warn', ...key, ...given, ...unread, ...(dataDir === undefined ? {} : { DATA_DIR: dataDir }) };
}

interface DevShop {
  url: string;
  operatorKey: string;
  sessionId: string;
  skus: readonly string[];
}

interface Welcomed {
  dataDir: string | undefined;
  hasDocs: boolean;
  hasConsole: boolean;
}

/** The console accepts a key that exists only for this run from its address. */
const devConsoleLink = (url: string, key: string): string =>
  `${url}/console${key.startsWith(DEV_KEY_PREFIX) ? `#key=${key}` : ''}`;

function welcome({ url, operatorKey, sessionId, skus }: DevShop, { dataDir, hasDocs, hasConsole }: Welcomed): string {
  const places = [
    ['REST', `${url}/api/v1`],
    ...(hasDocs ? [['reference', `${url}/docs`]] : []),
    ...(hasConsole ? [['console', devConsoleLink(url, operatorKey)]] : []),
    ['tRPC', `${url}/trpc`],
    ['operator key', operatorKey],
    ['session', sessionId],
    ['SKUs', skus.join(', ')],
    ['data', dataDir ?? 'deleted when this process ends'],
  ];
  const sku = skus.includes(EXAMPLE_SKU) ? EXAMPLE_SKU : skus[0];
  const json = `-H 'content-type: application/json'`;
  return [
    'A Holdfast shop for development:',
    '',
    ...places.map(([name = '', value]) => `  ${name.padEnd(14)}${value}`),
    '',
    'Put one in a cart, move the clock past the end of its hold, and list the stock as an operator:',
    '',
    `  export HOLDFAST_URL=${url} OPERATOR_KEY=${operatorKey}`,
    `  curl $HOLDFAST_URL/api/v1/cart/lines -H 'X-Session-ID: ${sessionId}' ${json} -d '{"sku":"${sku}","quantity":1}'`,
    `  curl $HOLDFAST_URL/dev/clock ${json} -d '{"advanceMs":900000}'`,
    '  npx holdfast stock list',
    '',
    'Press Ctrl-C to stop it.',
  ].join('\n');
}
