import { defineConfig } from 'vite';

const SHOP = process.env['HOLDFAST_URL'] ?? 'http://127.0.0.1:3000';

/** `npm run build` builds the console to `dist/console`. `npx vite console` serves it while it is edited. */
export default defineConfig(({ command }) => ({
  root: import.meta.dirname,
  // The server puts the path that it is mounted at in front of each relative URL.
  base: command === 'serve' ? '/console/' : './',
  logLevel: 'warn',
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    manifest: 'manifest.json',
    // The policy of the page allows no data: URL in a style, and a polyfill would be an inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    rolldownOptions: {
      // Libraries mark their modules for servers that render React, which the console has none of.
      onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
    },
  },
  server: { proxy: { '/trpc': SHOP, '/api/v1': SHOP } },
}));
