// The server, for a test that bounds how large its files may grow: without a handler, that signal ends a process.
process.on('SIGXFSZ', () => {});
await import('../../dist/server/main.js');
