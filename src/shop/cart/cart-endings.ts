import type { Step } from '../../domain/steps.ts';
import { type CartState, type LineState, putCart, releaseLine, sweepLines } from './cart-document.ts';
import { noCart, unchangedCart } from './cart-lines.ts';
import { detachedOwner } from '../../transact/names.ts';
import type { Refusal } from '../../contract/refusals.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Cart } from '../../contract/views.ts';

/**
 * The explicit lifecycle: whoever ends a line says whether its units are released. A hold that was sold or released
 * already is never released again; whoever asks for that is refused, and nothing changes.
 */
export interface Ending {
  releaseReservations: boolean;
}

/** Deletes one line. */
export function endLine(state: CartState, sku: string, ending: Ending, settings: Settings): Decision<Cart> {
  const ended = state.lines.filter((line) => line.sku === sku);
  if (ended.length === 0) return unchangedCart(state, settings);
  const refusal = endRefusal(ended, ending);
  if (refusal) return { refusal };
  const { steps, live, lost } = sweepLines(state);
  const change = {
    lines: live.filter((line) => line.sku !== sku),
    lost: lost.filter((line) => line.sku !== sku),
  };
  return { steps: [...steps, ...endHolds(state, ended, ending), ...putCart(state, change)], address: null };
}

/** Deletes all lines, and the cart with them. */
export function endCart(state: CartState, ending: Ending, settings: Settings): Decision<Cart> {
  if (state.version === null) return unchangedCart(state, settings);
  const refusal = endRefusal(state.lines, ending);
  if (refusal) return { refusal };
  const { steps } = sweepLines(state);
  const drop = putCart(state, { lines: [], lost: [] });
  return {
    steps: [...steps, ...endHolds(state, state.lines, ending), ...drop],
    address: null,
    answerFromCommit: ({ at }) => noCart(state, at, settings),
  };
}

function endRefusal(lines: readonly LineState[], { releaseReservations }: Ending): Refusal | null {
  if (!releaseReservations) return null;
  for (const { holdId, phase } of lines) {
    if (phase === 'consumed' || phase === 'released') {
      return { reason: 'hold_not_active', meta: { holdId, state: phase } };
    }
  }
  return null;
}

/** What becomes of the live holds of lines that go: overdue ones have ended by their deadline already. */
function endHolds(state: CartState, lines: readonly LineState[], { releaseReservations }: Ending): Step[] {
  const live = lines.filter(({ phase }) => phase === 'live');
  if (releaseReservations) return live.map((line) => releaseLine(state, line));
  return live.map(({ holdId }) => ({
    kind: 'transfer',
    holdId,
    owner: state.key,
    toOwner: detachedOwner(state.cartId),
  }));
}
