// Opens an embedded store, closes it when it gets a message, and reports what the store has said meanwhile.
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
// Lives on until it is killed, as a server does: an exit of its own would flush the data.
setInterval(() => undefined, 60_000);
