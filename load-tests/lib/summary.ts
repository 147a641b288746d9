import { plan } from './plan.ts';

/** To be exported by every script: what k6 has measured goes to the runner. */
export const handleSummary = (data: unknown): Record<string, string> => ({ [plan.summaryFile]: JSON.stringify(data) });
