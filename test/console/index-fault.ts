import type { Page } from 'playwright-core';

interface AuditAnswer {
  result: { data: { json: { ok: boolean; violations: object[] } } };
}
const INDEX_FAULT = {
  rule: 'index_due_holds',
  holdId: `hld_${'b'.repeat(19)}`,
  found: 'no entry',
  expected: 'x '.repeat(99),
};

/** Adds a violation to the answers, after `held`: the memory store has no index that could be wrong. */
export const addIndexFault = (page: Page, held: Promise<void> = Promise.resolve()): Promise<unknown> =>
  page.route('**/trpc/admin.audit*', async (route) => {
    await held;
    const answer = await route.fetch();
    const body = (await answer.json()) as AuditAnswer | AuditAnswer[];
    const audit = [body].flat()[0]?.result.data.json;
    if (audit) Object.assign(audit, { ok: false, violations: [...audit.violations, INDEX_FAULT] });
    await route.fulfill({ response: answer, json: body });
  });
