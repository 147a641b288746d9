import { expect, test } from 'vitest';
import { breakServer, COMMITTED, FAIRNESS, SOURCES, STOCK } from '../support/broken-server.ts';

// The load tests with most of these servers run only at night, so this finds at once that a check was rewritten.
test.each(Object.entries({ COMMITTED, FAIRNESS, SOURCES, STOCK }))('%s is in the build', async (_name, forgotten) => {
  await using broken = await breakServer(forgotten);
  expect(broken.main).toMatch(/main\.js$/);
});
