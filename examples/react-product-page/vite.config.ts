import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { type Connect, defineConfig, type Plugin } from 'vite';
import { createAdmissionDesk } from '../admission-desk/desk.ts';

/** Serves the admission desk beside the page, if the server's `ADMISSION_SECRET` is set here too. */
function admissionDesk(): Plugin {
  const { ADMISSION_SECRET: admissionSecret, SHOP: shop = 'main' } = process.env;
  const serve = ({ middlewares }: { middlewares: Connect.Server }): void => {
    if (admissionSecret === undefined) return;
    middlewares.use('/desk', getRequestListener(createAdmissionDesk({ admissionSecret, shop }).fetch));
  };
  return { name: 'admission-desk', configureServer: serve, configurePreviewServer: serve };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [admissionDesk()],
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  // "use client" in React Query is for servers that render, and this page has none.
  build: { rolldownOptions: { checks: { moduleLevelDirective: false } } },
  resolve: {
    // In your own shop `@holdfast/client` comes from the installed package. Remove this alias then.
    alias: {
      '@holdfast/client/trpc': fileURLToPath(new URL('../../src/client/trpc.ts', import.meta.url)),
      '@holdfast/client': fileURLToPath(new URL('../../src/client/client.ts', import.meta.url)),
    },
  },
});
