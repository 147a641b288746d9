import { createHoldfast, createHoldfastHandler, type HandlerOptions, type Holdfast } from '../../src/index.ts';
import type { LibraryOptions } from '../../src/api/library/library-engine.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { OPERATOR_KEY } from './shop-server.ts';

export const ORIGIN = 'http://shop.test';

export interface HandlerShop extends AsyncDisposable {
  holdfast: Holdfast;
  fetch: (path: string, init?: RequestInit) => Promise<Response>;
  handler: ReturnType<typeof createHoldfastHandler>;
  /** The lines of its log: the level, the message and the fields. */
  log: [level: string, message: string, fields: object][];
}

/** A shop in process, and its handler, which tests call with plain requests. */
export function openHandlerShop(options: HandlerOptions = {}, shop: Partial<LibraryOptions> = {}): HandlerShop {
  const store = shop.store ?? openMemoryStore({ shop: 'main' });
  const holdfast = createHoldfast({ ...shop, settings: { sellAt: 'sale', ...shop.settings }, store });
  const log: HandlerShop['log'] = [];
  const lineOf = (level: string) => (fields: object, message: string) => void log.push([level, message, fields]);
  const lines = { info: lineOf('info'), warn: lineOf('warn'), error: lineOf('error') };
  const handler = createHoldfastHandler(holdfast, { operatorKey: OPERATOR_KEY, log: lines, ...options });
  const { basePath = '' } = options;
  return {
    holdfast,
    handler,
    log,
    fetch: (path, init) => handler(new Request(ORIGIN + basePath + path, init)),
    [Symbol.asyncDispose]: async () => {
      await holdfast.close();
      await store.close();
    },
  };
}
