import { plan } from './plan.ts';

/** Writes the measurements of k6 for the runner. Every script exports it. */
export const handleSummary = (data: unknown): Record<string, string> => ({ [plan.summaryFile]: JSON.stringify(data) });
