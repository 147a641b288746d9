// Opens an embedded store, says whether it may, and holds it until it is told to close or is killed.
import { openEmbeddedStore } from '../../../dist/store/embedded/embedded-store.js';

const [, , dir] = process.argv;
let store;

process.on('message', async (message) => {
  if (message === 'open') {
    try {
      store = await openEmbeddedStore({ dir, shop: 'test' });
      process.send({ opened: true });
    } catch (error) {
      process.send({ opened: false, name: error.name, fault: error.fault, message: error.message });
    }
  } else {
    await store?.close();
    process.disconnect();
  }
});
process.on('disconnect', () => process.exit(0));
process.send('ready');
