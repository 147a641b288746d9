import type { Outputs } from '../../../../src/client/client.ts';

export type Key = Outputs['keys']['list']['items'][number];
export type Block = Outputs['sessions']['blocks']['items'][number];
export type Event = Outputs['admin']['events']['items'][number];
