import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { apiReference } from '../../src/http/api-docs/api-reference.ts';
import { tagsOf } from '../../src/http/api-docs/operation-tags.ts';

const page = (text: string, link: string) => ({ text, link });

const document = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8'));
const REFERENCE = [...tagsOf(apiReference(document)).map(([tag]) => tag), 'objects', 'refusals'].map((tag) =>
  page(tag, `/reference/${tag}`),
);

/** The documentation by task. `./scripts/docs` builds it, and fails if a link has no target. */
export default defineConfig({
  title: 'Holdfast',
  description: 'An inventory reservation engine for online shops: nothing is sold twice.',
  cleanUrls: true,
  srcExclude: ['benchmarks/**'],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      page('Get started', '/getting-started'),
      page('Concepts', '/concepts'),
      page('Errors', '/errors'),
      page('Settings', '/settings'),
      page('REST', '/rest'),
    ],
    sidebar: [
      {
        text: 'Start',
        items: [
          page('Get started', '/getting-started'),
          page('Examples', '/examples'),
          page('Shop for development', '/development'),
          page('Concepts', '/concepts'),
          page('Glossary', '/glossary'),
        ],
      },
      {
        text: 'Sell',
        items: [
          page('Carts and holds', '/carts'),
          page('Payments', '/payments'),
          page('Reservations', '/reservations'),
          page('Locations', '/locations'),
          page('Backorders', '/backorders'),
          page('Kits', '/kits'),
          page('Import and export', '/bulk'),
          page('Watch stock', '/watch'),
          page('Webhooks', '/webhooks'),
        ],
      },
      {
        text: 'Call it',
        items: [
          page('Procedures', '/procedures'),
          page('TypeScript client', '/client'),
          page('REST', '/rest'),
          page('In process', '/in-process'),
          page('Testing', '/testing'),
          page('Errors', '/errors'),
        ],
      },
      { text: 'REST reference', collapsed: true, items: REFERENCE },
      {
        text: 'Protect it',
        items: [
          page('Security', '/security'),
          page('Several shops', '/shops'),
          page('Keys and scopes', '/keys'),
          page('Limits', '/limits'),
          page('Admission', '/admission'),
          page('Privacy', '/privacy'),
          page('Rotate keys and secrets', '/rotation'),
        ],
      },
      {
        text: 'Run it',
        items: [
          page('Deploying', '/deploying'),
          page('Settings', '/settings'),
          page('Backup and restore', '/backup'),
          page('Archive', '/archive'),
          page('Upgrade', '/upgrade'),
          page('Several shops', '/shops'),
          page('Operating', '/operating'),
          page('Operator console', '/console'),
          page('Redis', '/redis'),
          page('Observability', '/observability'),
          page('Metrics', '/metrics'),
        ],
      },
      {
        text: 'Understand it',
        items: [
          page('Architecture', '/architecture'),
          page('Decisions', '/decisions/'),
          page('Reliability', '/reliability'),
          page('Benchmarks', '/benchmarks'),
          page('Performance', '/performance'),
          page('Known bugs of others', '/known-bugs'),
          page('Load tests that can be fooled', '/load-tests-fooled'),
        ],
      },
    ],
  },
  rewrites: { 'decisions/README.md': 'decisions/index.md' },
});
