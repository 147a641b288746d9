// Writes the folder of @holdfast/client. usage: node scripts/packages/write-client.js DIRECTORY
import { join } from 'node:path';
import { writeClientPackage } from './client-package.js';

await writeClientPackage({ root: join(import.meta.dirname, '../..'), out: process.argv[2] });
