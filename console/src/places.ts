/**
 * Where the console and the shop are. The entry is in `assets/` of the console, and the API is beside the console, so
 * that both work below any path that the server is mounted at.
 */
const console_ = new URL(/* @vite-ignore */ '..', import.meta.url);

/** The path of the console, such as `/console`. */
export const CONSOLE_PATH = console_.pathname.replace(/\/$/, '');

/** The URL of the shop, for the typed client. */
export const SHOP_URL = new URL('..', console_).href.replace(/\/$/, '');
