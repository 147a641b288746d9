import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';
import { currentSubject } from './shop.ts';

/** The admission desk of the shop: server/desk.ts. */
const DESK = '/desk';

/** Solves a proof of work, and returns a token that admits this session to the SKU. Rejects if the desk refuses. */
export async function admissionTo(sku: string): Promise<string> {
  const challenge = await answerOf(await fetch(`${DESK}/challenge`));
  const solution = await solveChallenge({ challenge: challenge as never, deriveKey });
  if (!solution) throw new Error('the challenge was not solved in time');
  const body = JSON.stringify({ sku, subject: await currentSubject(), payload: { challenge, solution } });
  const headers = { 'content-type': 'application/json' };
  const { token } = (await answerOf(await fetch(`${DESK}/admission`, { method: 'POST', headers, body }))) as {
    token: string;
  };
  return token;
}

async function answerOf(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`the admission desk answered ${response.status}`);
  return response.json();
}
