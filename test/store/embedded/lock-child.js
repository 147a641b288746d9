// Opens an embedded store on request, reports whether that succeeded, and keeps it until a close or a kill.
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
