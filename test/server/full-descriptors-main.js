// The server for a test that uses up its file descriptors: SIGWINCH opens files until none is free, and the next one
// closes them.
import { closeSync, openSync } from 'node:fs';

const held = [];
process.on('SIGWINCH', () => {
  if (held.length > 0) return held.splice(0).forEach((descriptor) => closeSync(descriptor));
  try {
    for (;;) held.push(openSync('/dev/null'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
});
await import('../../dist/server/main.js');
