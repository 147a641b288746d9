import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { type Connect, defineConfig, type Plugin } from 'vite';
import { createAdmissionDesk } from './server/desk.ts';
import { createSessionDesk } from './server/sessions.ts';

/** Stands for the customers of your shop. A real shop checks a hash of the password, or has a log-in page elsewhere. */
const CUSTOMERS = [{ name: 'ada', password: 'lovelace', customerId: 'customer-1' }];

/** The routes that your own server adds to Holdfast's, beside the page: in development here, later in your server. */
function shopServer(): Plugin {
  const { ADMISSION_SECRET: admissionSecret, OPERATOR_KEY: key, SHOP: shop = 'main' } = process.env;
  const url = process.env.VITE_HOLDFAST_URL ?? 'http://127.0.0.1:3000';
  const logIn = async (name: string, password: string): Promise<string | null> =>
    CUSTOMERS.find((each) => each.name === name && each.password === password)?.customerId ?? null;
  const serve = ({ middlewares }: { middlewares: Connect.Server }): void => {
    const mount = (path: string, { fetch }: Hono): unknown => middlewares.use(path, getRequestListener(fetch));
    mount('/session', createSessionDesk({ url, key, logIn }));
    if (admissionSecret !== undefined) mount('/desk', createAdmissionDesk({ admissionSecret, shop }));
  };
  return { name: 'shop-server', configureServer: serve, configurePreviewServer: serve };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [shopServer()],
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  // "use client" in React Query is for servers that render, and this page has none.
  build: { rolldownOptions: { checks: { moduleLevelDirective: false } } },
});
