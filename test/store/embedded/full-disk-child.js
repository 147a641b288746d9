// Writes to an embedded store until the disk is full, and prints the outcome.
import { openEmbeddedStore } from '../../../dist/store/embedded/embedded-store.js';

// The kernel sends this signal when a file would grow beyond the limit. Without a handler it ends the process.
process.on('SIGXFSZ', () => {});

const body = 'x'.repeat(100_000);
const put = (name, text) => ({
  id: name,
  fingerprint: name,
  retention: 'short',
  cause: { by: 'operator' },
  steps: [{ kind: 'put', key: `document:${name}`, expect: 'any', body: text }],
});

const store = await openEmbeddedStore({ dir: process.argv[2], shop: 'test' });
const result = { acknowledged: 0, refused: 0 };
while (result.refused < 3) {
  try {
    await store.apply([put(`n${result.acknowledged + 10 * result.refused}`, body)]);
    result.acknowledged += 1;
  } catch (error) {
    result.refused += 1;
    result.fault = error.fault;
    result.message = error.message;
  }
}
const [snapshot] = await store.read([{}]);
result.sequence = snapshot.sequence;
// A small write still fits into the free pages.
const { answers } = await store.apply([put('n0', 'small')].map((each) => ({ ...each, id: 'small' })));
result.afterwards = answers[0].status;
await store.close();
process.stdout.write(JSON.stringify(result));
