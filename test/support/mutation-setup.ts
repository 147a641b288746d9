import fc from 'fast-check';

/** Runs before each file of tests. The values of the file stay, so no mutant may be active while it is loaded. */
const stryker = (globalThis as { __stryker__?: { activeMutant?: string | undefined } }).__stryker__;
if (stryker) stryker.activeMutant = undefined;

/** A property must not be slower than the timeout of a test on a busy machine. */
fc.configureGlobal({ interruptAfterTimeLimit: 3_000 });
