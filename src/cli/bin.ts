#!/usr/bin/env node
import { runCli } from './cli.ts';

process.exitCode = await runCli({
  args: process.argv.slice(2),
  env: process.env,
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
});
