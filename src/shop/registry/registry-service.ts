import { type Call, invalid, ok, type Refusal, type Result } from '../../contract/calls/call.ts';
import type { ShopInput } from '../../contract/inputs/inputs.ts';
import type { ShownShop } from '../../contract/outputs/shop-outputs.ts';
import { compareTexts } from '../../domain/skus.ts';
import type { Snapshot, Store } from '../../store/store.ts';
import { shopTag } from '../../transact/documents/ids.ts';
import { putDocument } from '../../transact/documents/json-document.ts';
import type { Log } from '../../transact/log.ts';
import type { Decision } from '../../transact/mutation.ts';
import { SHOPS_KEY } from '../../transact/documents/names.ts';
import type { PollClock } from '../../transact/polled-read.ts';
import type { Transactor } from '../../transact/transactor.ts';
import { type EventParts, eventStep } from '../event/event-document.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import { KnownShops } from './known-shops.ts';
import type { ShopRegistry } from './registry-api.ts';
import { SHOPS_MAX, shopsIn } from './registry-document.ts';

export interface RegistryParts extends EventParts {
  store: Pick<Store, 'shop' | 'supports'>;
  read: Read;
  transactor: Transactor;
  log: Log;
  runtime: PollClock;
}

export function createRegistry(parts: RegistryParts): ShopRegistry {
  const known = new KnownShops({ ...parts, isShared: parts.store.supports.multiProcess });
  const change = async (procedure: ShopProcedure, input: ShopInput, call: Call): Promise<Result<ShownShop>> => {
    const { waits } = parts.transactor;
    const begun = waits.begun(call);
    const result = await changeShops(parts, procedure, input, begun);
    // A change of the shops is in force in this process before the answer.
    if (result.ok) await waits.after(begun, known.refresh());
    return result;
  };
  return {
    create: (input, call) => change('shops.create', input, call),
    suspend: (input, call) => change('shops.suspend', input, call),
    resume: (input, call) => change('shops.resume', input, call),
    list: async () => ok({ items: (await readShops(parts)).toSorted((a, b) => compareTexts(a.shop, b.shop)) }),
    find: (shop) => known.find(shop),
    shopOfTag: (tag) => known.shopOfTag(tag),
    prepare: (shop) => known.prepare(shop),
    prepareTag: (tag) => known.prepareTag(tag),
    get isUncertain() {
      return known.isUncertain;
    },
  };
}

type ShopProcedure = 'shops.create' | 'shops.suspend' | 'shops.resume';

const readShops = async ({ read }: Pick<RegistryParts, 'read'>): Promise<readonly ShownShop[]> =>
  shopsIn(await read({ documents: [SHOPS_KEY] })).value;

function changeShops(
  parts: RegistryParts,
  procedure: ShopProcedure,
  input: ShopInput,
  call: Call,
): Promise<Result<ShownShop>> {
  return parts.transactor.run({
    procedure,
    lockKeys: SHOPS_KEY,
    input,
    call,
    reads: () => ({ documents: [SHOPS_KEY] }),
    compose: (view) => decide(parts, view, { procedure, input, call }),
    answer: async () => {
      const found = (await readShops(parts)).find(({ shop }) => shop === input.shop);
      return found ? ok(found) : { ok: false, refusal: unknownShop(input.shop) };
    },
  });
}

interface Asked {
  procedure: ShopProcedure;
  input: ShopInput;
  call: Call;
}

function decide(parts: RegistryParts, view: Snapshot, { procedure, input, call }: Asked): Decision<ShownShop> {
  const stored = shopsIn(view);
  const before = stored.value.find(({ shop }) => shop === input.shop);
  const after =
    procedure === 'shops.create' ? created(parts, stored.value, input, view.at) : changed(procedure, before, view.at);
  if (after === null) return { refusal: unknownShop(input.shop) };
  if ('ok' in after) return after;
  if (after === before) return { unchanged: after, noopStep: { kind: 'put', key: SHOPS_KEY, expect: 'present' } };
  const shops = [...stored.value.filter((each) => each !== before), after];
  const event = eventStep(parts, call, { what: procedure, ...(before && { before }), after, reason: input.reason });
  return { steps: [putDocument(SHOPS_KEY, stored, shops), event], address: null, effectReference: input.shop };
}

/** Keys and sessions name their shop by its tag, so two shops may not have the same one. */
function created(
  { store }: RegistryParts,
  shops: readonly ShownShop[],
  { shop }: ShopInput,
  at: number,
): ShownShop | { ok: false; refusal: Refusal } {
  const tag = shopTag(shop);
  const isTaken = [store.shop, ...shops.map((each) => each.shop)].some((name) => shopTag(name) === tag);
  if (isTaken) return invalid('shop', 'is the name of a shop that exists');
  if (shops.length >= SHOPS_MAX) return invalid('shop', `is one too many: a registry has at most ${SHOPS_MAX} shops`);
  return { shop, status: 'active', createdAt: at };
}

/** Suspending a suspended shop changes nothing. */
function changed(procedure: ShopProcedure, before: ShownShop | undefined, at: number): ShownShop | null {
  if (!before) return null;
  const status = procedure === 'shops.suspend' ? 'suspended' : 'active';
  if (status === before.status) return before;
  const { suspendedAt: _, ...shop } = before;
  return { ...shop, status, ...(status === 'suspended' ? { suspendedAt: at } : {}) };
}

const unknownShop = (shop: string): Refusal => ({ reason: 'unknown_shop', meta: { shop } });
