import type { Location } from '../../contract/outputs/location-outputs.ts';
import { type CliCommand, EVENT_REASON, wholeNumber, collectText } from '../context/cli-context.ts';
import type { TableRow } from '../context/table.ts';

const locationRow = ({ id, title, priority, active, channels }: Location): TableRow => ({
  id,
  priority,
  active: active ? 'yes' : 'no',
  channels: channels?.join(' ') ?? 'all',
  title,
});

interface LocationDefineOptions {
  /** `false` clears the title. */
  title?: string | false;
  priority?: number;
  active?: boolean;
  /** `false`: all channels. */
  channel?: string[] | false;
  reason?: string;
}

/** Adds `locations list|define`. */
export function addLocationCommands(program: CliCommand): void {
  const locations = program.command('locations').description('show and define the places that have stock');
  locations
    .command('list')
    .description('show all locations in their order')
    .run(async ({ client, show }) => {
      const { items } = await client.locations.list.query({});
      show(items, items.map(locationRow));
    });
  locations
    .command('define <id>')
    .description('create a location, or change the given settings of one')
    .option('--title <text>', 'the title')
    .option('--no-title', 'clear the title')
    .option('--priority <n>', 'locations with a lower number come first', wholeNumber)
    .option('--active', 'the location sells')
    .option('--no-active', 'the location sells nothing')
    .option('--channel <name>', 'a channel that the location serves; may be repeated', collectText)
    .option('--no-channel', 'the location serves all channels')
    .option('--reason <text>', EVENT_REASON)
    .run(async ({ client, show }, id: string, options: LocationDefineOptions) => {
      const { title, priority, active, channel, reason } = options;
      const location = await client.locations.define.mutate({
        id,
        title: title === false ? null : title,
        priority,
        active,
        channels: channel === false ? null : channel,
        reason,
      });
      show(location, [locationRow(location)]);
    });
}
