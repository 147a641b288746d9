import { Dice } from '../dice.ts';
import type { Stage } from './stage.ts';
import type { Who } from './wire.ts';

export interface Operator {
  who: Who;
  dice: Dice;
  /** The newest version of each SKU that the operator has seen. */
  versions: Map<string, number>;
}

export const operatorOf = ({ seed, name: scene }: Stage, name: string, server: number): Operator => ({
  who: { name, server },
  dice: new Dice(seed, `${scene} ${name}`),
  versions: new Map(),
});
