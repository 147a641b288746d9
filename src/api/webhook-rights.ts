import type { WebhookCreateInput, WebhookUpdateInput } from '../contract/inputs/inputs.ts';
import type { Context } from './callers/context.ts';
import { demandScope } from './procedures.ts';
import { unwrap } from './wire-errors.ts';

/** Throws `RefusalError` if the endpoint would receive contacts, which the key may not read itself. */
export function demandContactRight(ctx: Context, { fields }: Pick<WebhookCreateInput, 'fields'>): void {
  if (fields?.includes('contact')) demandScope(ctx, 'orders:read:contact');
}

/**
 * Throws `RefusalError` if the endpoint would receive contacts because of this change, or would receive them at another
 * URL. Rejects as reads do.
 */
export async function demandRedirectRight(ctx: Context, input: WebhookUpdateInput): Promise<void> {
  const { endpointId, url, fields } = input;
  if (fields !== undefined) return demandContactRight(ctx, { fields: fields ?? undefined });
  if (url === undefined || ctx.key?.scopes.has('orders:read:contact')) return;
  const { items } = unwrap(await ctx.holdfast.webhooks.list({}));
  const found = items.find((endpoint) => endpoint.endpointId === endpointId);
  if (found) demandContactRight(ctx, found);
}
