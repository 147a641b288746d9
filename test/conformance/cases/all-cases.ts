import type { Case } from '../../support/rows.ts';
import { integerCases, shapeCases } from './bound-cases.ts';
import { capCases } from './cap-cases.ts';
import { chainCases } from './chain-cases.ts';
import { dispatchCases } from './dispatch-cases.ts';
import { dropCases, putCases } from './document-cases.ts';
import { endCases } from './end-cases.ts';
import { deadlineCases, expiryCases } from './expiry-cases.ts';
import { extendCases, pinCases, reserveCases, resizeCases, transferCases } from './hold-cases.ts';
import { lastingCases } from './lasting-cases.ts';
import { limitCases } from './limit-cases.ts';
import { onceCases, retentionCases } from './once-cases.ts';
import { namedCases, reclaimCases } from './reclaim-cases.ts';
import { adjustCases, configureCases, countCases, returnCases } from './stock-cases.ts';
import { backorderCases } from './backorder-cases.ts';
import { kitCases } from './kit-cases.ts';
import { stringCases } from './string-cases.ts';

/** All tables of cases, by subject. */
export const tables: Record<string, readonly Case[]> = {
  configure: configureCases,
  adjust: adjustCases,
  count: countCases,
  reserve: reserveCases,
  resize: resizeCases,
  extend: extendCases,
  pin: pinCases,
  transfer: transferCases,
  'release and consume': endCases,
  'commit and fulfil': dispatchCases,
  backorders: backorderCases,
  kits: kitCases,
  return: returnCases,
  put: putCases,
  drop: dropCases,
  'customer limits': limitCases,
  'caps on held units': capCases,
  chains: chainCases,
  'exactly once': onceCases,
  retention: retentionCases,
  deadlines: deadlineCases,
  expiry: expiryCases,
  'holds that last': lastingCases,
  'what a step names': namedCases,
  reclaim: reclaimCases,
  integers: integerCases,
  strings: stringCases,
  shapes: shapeCases,
};
