import { HOLDFAST_URL } from '../../../lib/shop.ts';

/** Stripe sends its events here. Holdfast verifies signature, account and amount, and confirms the order. */
export async function POST(request: Request): Promise<Response> {
  const answer = await fetch(`${HOLDFAST_URL}/payments/stripe`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'stripe-signature': request.headers.get('stripe-signature') ?? '',
    },
    // Unchanged: the signature is that of these bytes.
    body: await request.text(),
  });
  // Stripe repeats an event whose answer is not 2xx.
  return new Response(await answer.text(), { status: answer.status });
}
