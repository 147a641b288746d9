// Opens an embedded store, closes it when a message arrives, and reports what the store logged in the meantime.
import { openEmbeddedStore } from '../../dist/store/embedded/embedded-store.js';

const warnings = [];
let isFatal = false;
const store = await openEmbeddedStore({
  dir: process.argv[2],
  shop: 'test',
  warn: (line) => warnings.push(line),
  onFatal: () => {
    isFatal = true;
  },
});
process.once('message', async () => {
  await store.close();
  process.send({ warnings, isFatal });
});
process.send('open');
// Stays alive until it is killed, as a server does, because a normal exit would flush the data.
setInterval(() => undefined, 60_000);
