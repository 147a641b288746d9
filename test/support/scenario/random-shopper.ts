import { newBasket } from './cart-checks.ts';
import { Dice } from '../dice.ts';
import { newSession, type Scene, type Visitor } from './scene.ts';
import { pause } from './stage.ts';
import {
  add,
  addMany,
  change,
  checkOut,
  clear,
  extend,
  look,
  merge,
  readOrder,
  remove,
  trespass,
} from './shopper-acts.ts';

/** `guest`: a customer who first shops anonymously and then logs in. `family`: several sessions of one customer. */
type Kind = 'stranger' | 'guest' | 'family';

const KINDS: readonly Kind[] = ['stranger', 'stranger', 'guest', 'family', 'family'];
const FAMILY_SHOPPERS = 10;
/** They start one after the other, because a server that has just started is slow. */
const COMING_MS = 25;

type Act = (scene: Scene, shopper: Shopper, all: readonly Shopper[], dice: Dice) => Promise<void>;
type Alone = (scene: Scene, visitor: Visitor, dice: Dice) => Promise<void>;

const alone =
  (act: Alone): Act =>
  (scene, { present }, _, dice) =>
    act(scene, present, dice);

const ACTS: readonly (readonly [number, Act])[] = [
  [30, alone(add)],
  [8, alone(addMany)],
  [8, alone(change)],
  [4, alone(remove)],
  [2, alone(clear)],
  [8, alone(extend)],
  [8, alone(look)],
  [8, comeAndGo],
  [10, alone((scene, visitor, dice) => buy(scene, visitor, 'place', dice))],
  [14, alone((scene, visitor, dice) => buy(scene, visitor, 'begin', dice))],
  [5, alone(readOrder)],
  [1, alone(trespass)],
];

export interface Shopper {
  kind: Kind;
  name: string;
  server: number;
  own: Visitor;
  /** The session and customer as which they shop at the moment. */
  present: Visitor;
}

async function visitorOf(scene: Scene, name: string, server: number, customerId: string | null): Promise<Visitor> {
  const session = await newSession(scene, customerId);
  return { name, server, session, customer: customerId ?? session, basket: newBasket() };
}

/** Creates all shoppers, each with a session. */
export async function gather(scene: Scene, count: number): Promise<Shopper[]> {
  const one = async (_: unknown, index: number): Promise<Shopper> => {
    const kind = KINDS[index % KINDS.length]!;
    const name = `${kind}-${index}`;
    const server = index % scene.shop.servers.length;
    const families = {
      stranger: null,
      guest: `customer-${index}`,
      family: `family-${Math.floor(index / FAMILY_SHOPPERS)}`,
    };
    const own = await visitorOf(scene, name, server, families[kind]);
    return { kind, name, server, own, present: own };
  };
  return Promise.all(Array.from({ length: count }, one));
}

/** Shops until the scenario is over. */
export async function shopAround(scene: Scene, shopper: Shopper, all: readonly Shopper[]): Promise<void> {
  const dice = new Dice(scene.seed, `${scene.name} ${shopper.name}`);
  for (let come = 0; come < all.indexOf(shopper); come += 1) await pause(COMING_MS);
  while (!scene.isOver) {
    await dice.weighted(ACTS)(scene, shopper, all, dice);
    await pause(dice.chance(0.7) ? dice.between(20, 400) : dice.between(400, 1_000));
  }
}

/** Few try to buy an empty cart. */
async function buy(scene: Scene, visitor: Visitor, how: 'place' | 'begin', dice: Dice): Promise<void> {
  const isEmpty = (visitor.basket.cart?.lines.length ?? 0) === 0;
  if (isEmpty && dice.chance(0.9)) await add(scene, visitor, dice);
  await checkOut(scene, visitor, how, dice);
}

/**
 * Guests log in and take their cart with them. Families merge each other's carts. Now and then a shopper tries an
 * invalid call.
 */
async function comeAndGo(scene: Scene, shopper: Shopper, all: readonly Shopper[], dice: Dice): Promise<void> {
  const { kind, name, own, present, server } = shopper;
  if (dice.chance(0.05)) return merge(scene, present, dice.pick(all).own, dice);
  if (kind === 'guest' && present === own) {
    shopper.present = await visitorOf(scene, `${name}-unknown`, server, null);
    return;
  }
  if (kind === 'guest') {
    shopper.present = own;
    return merge(scene, own, present, dice);
  }
  const others = all.filter((one) => one !== shopper && one.kind === kind);
  const relatives = kind === 'family' ? others.filter((one) => one.own.customer === own.customer) : others;
  if (relatives.length > 0) await merge(scene, own, dice.pick(relatives).own, dice);
}
