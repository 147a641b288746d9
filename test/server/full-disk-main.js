// Runs the server for a test that limits the size of its files. Without a handler, that signal would end the process.
process.on('SIGXFSZ', () => {});
await import('../../dist/server/main.js');
