'use server';

import { isRefusal } from '@holdfast/client';
import { refresh } from 'next/cache';
import { redirect } from 'next/navigation';
import { openPaymentSession, openStripe, PAYMENT_WINDOW_MS } from '../lib/payment.ts';
import { refusalText } from '../lib/refusal-text.ts';
import { shopOfBrowser, tillOfBrowser } from '../lib/shop.ts';

/** What a form shows after its action. */
export interface Notice {
  text: string;
}

/** Runs an action. A refusal is a sentence for the shopper; all other errors are bugs or outages. */
async function attempt(run: () => Promise<void>): Promise<Notice | null> {
  try {
    await run();
    return null;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { text: refusalText(error) };
  } finally {
    refresh();
  }
}

export async function addToCart(_: Notice | null, form: FormData): Promise<Notice | null> {
  const [sku, quantity] = [String(form.get('sku')), Number(form.get('quantity'))];
  return attempt(async () => {
    const shop = await shopOfBrowser();
    await shop.cart.add.mutate({ sku, quantity });
  });
}

export async function removeLine(_: Notice | null, form: FormData): Promise<Notice | null> {
  const sku = String(form.get('sku'));
  return attempt(async () => {
    const shop = await shopOfBrowser();
    await shop.cart.remove.mutate({ sku });
  });
}

/** Turns the cart into an order, and sends the buyer to Stripe. */
export async function pay(): Promise<Notice | null> {
  let page = '';
  const notice = await attempt(async () => {
    const shop = await shopOfBrowser();
    const cart = await shop.cart.get.query();
    const till = await tillOfBrowser();
    // One order for one state of the cart: two clicks begin one order.
    const idempotencyKey = `pay-${cart.cartId}-${cart.version}`;
    const order = await till.checkout.begin.mutate({ idempotencyKey, paymentWindowMs: PAYMENT_WINDOW_MS });
    const session = await openPaymentSession(order);
    await shop.checkout.attachPayment.mutate({ orderId: order.orderId, paymentReference: session.id });
    page = session.url;
  });
  return notice ?? redirect(page);
}

/** Sends the buyer to the payment page of an order again. */
export async function resumePayment(_: Notice | null, form: FormData): Promise<Notice | null> {
  const orderId = String(form.get('orderId'));
  let page = '';
  const notice = await attempt(async () => {
    const shop = await shopOfBrowser();
    page = (await openPaymentSession(await shop.orders.get.query({ orderId }))).url;
  });
  return notice ?? redirect(page);
}

/** Gives the units of an unpaid order back to the cart. */
export async function backToCart(_: Notice | null, form: FormData): Promise<Notice | null> {
  const orderId = String(form.get('orderId'));
  const notice = await attempt(async () => {
    const shop = await shopOfBrowser();
    const { paymentReference } = await shop.orders.get.query({ orderId });
    // First, so that nobody pays for an order that is cancelled. Stripe refuses it if the buyer has just paid.
    if (paymentReference) await openStripe().checkout.sessions.expire(paymentReference);
    await shop.checkout.cancel.mutate({ orderId, reason: 'back to the cart', restoreCart: true });
  });
  return notice ?? redirect('/cart');
}
