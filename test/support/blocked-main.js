/** Starts the health thread, prints its port, and blocks the main thread for a while, as a long computation would. */
const [, , blockMs, stallMs] = process.argv;
const { startHealthThread } = await import('../../dist/health/health-thread.js');
const judge = () => Promise.resolve({ ready: true, details: {} });
const thread = await startHealthThread({ host: '127.0.0.1', port: 0, stallMs: Number(stallMs), judge });
// Returns only once the line is written: nothing else can be written while the thread is blocked.
await new Promise((resolve) => process.stdout.write(`${thread.port}\n`, resolve));
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(blockMs));
// Stays alive until its input ends.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
