// The entry point of `npm start` and of the image.
import { loadConfig } from './settings/config.ts';
import { runServer } from './run-server.ts';

await runServer(() => loadConfig(process.env));
