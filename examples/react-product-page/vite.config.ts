import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  // "use client" in React Query is for servers that render, and this page has none.
  build: { rolldownOptions: { checks: { moduleLevelDirective: false } } },
  resolve: {
    // In your own shop `holdfast/client` comes from the installed package. Remove this alias then.
    alias: { 'holdfast/client': fileURLToPath(new URL('../../src/client/client.ts', import.meta.url)) },
  },
});
