import { idAfter } from '../../domain/movement-ids.ts';
import type { Step } from '../../domain/steps.ts';
import type { Snapshot } from '../../store/store.ts';
import { type Call, invalid, ok, refuse, type Result } from '../../contract/calls/call.ts';
import type { Decision } from '../../transact/mutation.ts';
import type { Read } from '../stock/units/stock-reader.ts';
import { type DeadLetterParts, deadLetters, replay, unknownEndpoint } from './dead-letters.ts';
import { eventStep } from '../event/event-document.ts';
import type { WebhookSender } from './webhook-sender.ts';
import type { DataSeal } from '../../transact/documents/data-seal.ts';
import { firstSecrets, openSecrets, renewSecrets, withNewSecret } from './endpoint-secrets.ts';
import { putDocument } from '../../transact/documents/json-document.ts';
import { deadKey, ENDPOINTS_KEY, endpointsIn, queueKeys, sentKeys } from './webhook-documents.ts';
import { recentDeliveries } from './recent-deliveries.ts';
import { deliveryState, waitingEvents } from './waiting-events.ts';
import type { WebhookCreateInput, WebhookUpdateInput } from '../../contract/inputs/inputs.ts';
import type { WebhookEndpoint, WebhookSecret, WebhookStatus } from '../../contract/outputs/webhook-outputs.ts';
import type { WebhookService } from './webhook-api.ts';
import { type Endpoint, type Queue, WEBHOOK_ENDPOINTS_MAX, WEBHOOK_EVENTS } from '../../contract/webhook-records.ts';

interface WebhookServiceParts extends DeadLetterParts {
  sender: Pick<WebhookSender, 'problemOf'>;
  deliverNow: () => Promise<void>;
  seal: DataSeal;
}

export function createWebhookService(parts: WebhookServiceParts): WebhookService {
  return {
    create: (input, call) => createEndpoint(parts, input, call),
    list: () => listEndpoints(parts),
    update: (input, call) => updateEndpoint(parts, input, call),
    rotateSecret: (input, call) => rotateSecret(parts, input, call),
    delete: (input, call) => deleteEndpoint(parts, input, call),
    waiting: (input) => waitingEvents(parts, input),
    deliveries: (input) => recentDeliveries(parts, input),
    deadLetters: (input) => deadLetters(parts, input),
    replay: (input, call) => replay(parts, input, call),
    deliverNow: parts.deliverNow,
  };
}

async function createEndpoint(
  parts: WebhookServiceParts,
  input: WebhookCreateInput,
  call: Call,
): Promise<Result<WebhookSecret>> {
  const { transactor, ids, seal } = parts;
  const problem = await urlRefusal(parts, input.url);
  if (problem) return problem;
  return transactor.run({
    procedure: 'webhooks.create',
    input,
    call,
    reads: () => ({ documents: [ENDPOINTS_KEY] }),
    compose: (view) => {
      const stored = endpointsIn(view);
      if (stored.value.length >= WEBHOOK_ENDPOINTS_MAX) {
        return invalid('url', `is one too many: a shop has at most ${WEBHOOK_ENDPOINTS_MAX} endpoints`);
      }
      const endpoint = newEndpoint(input, { at: view.at, endpointId: ids.newId('whk_'), seal });
      const { endpointId } = endpoint;
      const body = JSON.stringify({ cursor: idAfter(view.sequence), waiting: [], restUntil: 0 } satisfies Queue);
      return {
        steps: [
          putDocument(ENDPOINTS_KEY, stored, [...stored.value.map((one) => renewSecrets(seal, one)), endpoint]),
          ...queueKeys(endpointId).map((key): Step => ({ kind: 'put', key, expect: 'absent', body })),
          eventStep(parts, call, {
            what: 'webhooks.create',
            after: describedEndpoint(endpoint),
            reason: input.reason,
          }),
        ],
        address: null,
        effectReference: endpointId,
      };
    },
    answer: ({ reference }) => secretOf(parts, reference ?? ''),
  });
}

function newEndpoint(
  { url, events, description, fields }: WebhookCreateInput,
  { at, endpointId, seal }: { at: number; endpointId: string; seal: DataSeal },
): Endpoint {
  return {
    endpointId,
    url,
    ...(events === undefined ? {} : { events: [...new Set(events)] }),
    ...(description === undefined ? {} : { description }),
    ...(fields === undefined ? {} : { fields: [...new Set(fields)] }),
    disabled: null,
    createdAt: at,
    secrets: firstSecrets(seal, endpointId),
  };
}

async function urlRefusal({ sender }: WebhookServiceParts, url: string): Promise<ReturnType<typeof invalid> | null> {
  const problem = await sender.problemOf(url);
  return problem === null ? null : invalid('url', problem);
}

/**
 * Resolves with the secret. A retry of the call that created it returns it too, because the first answer may be lost.
 */
async function secretOf({ read, seal }: WebhookServiceParts, endpointId: string): Promise<Result<WebhookSecret>> {
  const endpoint = await findEndpoint(read, endpointId);
  if (!endpoint) return refuse(unknownEndpoint(endpointId));
  const [secret = ''] = openSecrets(seal, endpointId, endpoint.secrets);
  return ok({ ...endpointView(endpoint), secret });
}

async function findEndpoint(read: Read, endpointId: string): Promise<Endpoint | null> {
  const { value } = endpointsIn(await read({ documents: [ENDPOINTS_KEY] }));
  return value.find((one) => one.endpointId === endpointId) ?? null;
}

function endpointView({
  endpointId,
  url,
  events,
  description,
  fields,
  disabled,
  createdAt,
}: Endpoint): WebhookEndpoint {
  return {
    endpointId,
    url,
    events: [...(events ?? WEBHOOK_EVENTS)],
    ...(description === undefined ? {} : { description }),
    ...(fields === undefined ? {} : { fields }),
    enabled: disabled === null,
    ...(disabled === null ? {} : { disabledReason: disabled }),
    createdAt,
  };
}

/** Returns the fields of an endpoint that events show, without its whole URL, which may contain a secret. */
function describedEndpoint({ endpointId, url, events, disabled }: Endpoint) {
  return { endpointId, origin: new URL(url).origin, ...(events && { events }), enabled: disabled === null };
}

async function listEndpoints({ read }: WebhookServiceParts): Promise<Result<{ items: WebhookStatus[] }>> {
  const { value: endpoints } = endpointsIn(await read({ documents: [ENDPOINTS_KEY] }));
  const ids = endpoints.map(({ endpointId }) => endpointId);
  const view = await read({ documents: [...ids.flatMap(queueKeys), ...ids.map(deadKey)] });
  const items = endpoints.map((endpoint) => ({
    ...endpointView(endpoint),
    ...deliveryState(view, endpoint.endpointId),
  }));
  return ok({ items });
}

interface EndpointChange {
  endpointId: string;
  reason?: string | undefined;
}

/** Changes one endpoint, or deletes it if `change` returns null. Refused: `unknown_endpoint`. */
function changeEndpoint<T>(
  parts: WebhookServiceParts,
  procedure: string,
  input: EndpointChange,
  call: Call,
  change: (endpoint: Endpoint, view: Snapshot) => { endpoint: Endpoint | null; steps?: Step[] },
  answer: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const { endpointId, reason } = input;
  return parts.transactor.run({
    procedure,
    input,
    call,
    reads: () => ({ documents: [ENDPOINTS_KEY] }),
    compose: (view): Decision<T> => {
      const stored = endpointsIn(view);
      const found = stored.value.find((one) => one.endpointId === endpointId);
      if (!found) return { refusal: unknownEndpoint(endpointId) };
      const { endpoint, steps = [] } = change(found, view);
      const changed = stored.value.flatMap((one) => {
        const next = one === found ? endpoint : one;
        return next ? [renewSecrets(parts.seal, next)] : [];
      });
      const after = endpoint ? { after: describedEndpoint(endpoint) } : {};
      const event = eventStep(parts, call, {
        what: procedure,
        before: describedEndpoint(found),
        ...after,
        reason,
      });
      return {
        steps: [putDocument(ENDPOINTS_KEY, stored, changed), ...steps, event],
        address: null,
        effectReference: endpointId,
      };
    },
    answer,
  });
}

async function updateEndpoint(
  parts: WebhookServiceParts,
  input: WebhookUpdateInput,
  call: Call,
): Promise<Result<WebhookEndpoint>> {
  const { endpointId, url, events, description, fields, enabled } = input;
  const problem = url === undefined ? null : await urlRefusal(parts, url);
  if (problem) return problem;
  const updated = ({
    events: oldEvents,
    description: oldDescription,
    fields: oldFields,
    ...old
  }: Endpoint): Endpoint => {
    const nextEvents = events === undefined ? oldEvents : (events ?? undefined);
    const nextDescription = description === undefined ? oldDescription : (description ?? undefined);
    const nextFields = fields === undefined ? oldFields : (fields ?? undefined);
    return {
      ...old,
      ...(url === undefined ? {} : { url }),
      ...(nextEvents === undefined ? {} : { events: [...new Set(nextEvents)] }),
      ...(nextDescription === undefined ? {} : { description: nextDescription }),
      ...(nextFields === undefined ? {} : { fields: [...new Set(nextFields)] }),
      disabled: enabled === undefined ? old.disabled : enabled ? null : (old.disabled ?? 'operator'),
    };
  };
  const change = (endpoint: Endpoint) => ({ endpoint: updated(endpoint) });
  return changeEndpoint(parts, 'webhooks.update', input, call, change, async () => {
    const endpoint = await findEndpoint(parts.read, endpointId);
    return endpoint ? ok(endpointView(endpoint)) : refuse(unknownEndpoint(endpointId));
  });
}

function rotateSecret(parts: WebhookServiceParts, input: EndpointChange, call: Call): Promise<Result<WebhookSecret>> {
  const change = (endpoint: Endpoint, { at }: Snapshot) => ({ endpoint: withNewSecret(parts.seal, endpoint, at) });
  return changeEndpoint(parts, 'webhooks.rotateSecret', input, call, change, () => secretOf(parts, input.endpointId));
}

/** Deletes an endpoint. Its stock states end by their due time. */
function deleteEndpoint(
  parts: WebhookServiceParts,
  input: EndpointChange,
  call: Call,
): Promise<Result<{ endpointId: string }>> {
  const { endpointId } = input;
  const keys = [...queueKeys(endpointId), ...sentKeys(endpointId), deadKey(endpointId)];
  const steps = keys.map((key): Step => ({ kind: 'drop', key, expect: 'any' }));
  const change = () => ({ endpoint: null, steps });
  return changeEndpoint(parts, 'webhooks.delete', input, call, change, () => Promise.resolve(ok({ endpointId })));
}
