// Holds LMDB's write lock until it is killed. For the process that serves the shop, the disk no longer responds.
import { openEnvironment } from '../../../dist/store/embedded/files/environment.js';

const root = openEnvironment(process.argv[2]);
const forever = new Int32Array(new SharedArrayBuffer(4));
process.send('holds', () => root.transactionSync(() => Atomics.wait(forever, 0, 0)));
