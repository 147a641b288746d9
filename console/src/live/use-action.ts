import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { newIdempotencyKey } from '../../../src/client/client.ts';
import { notify } from '../parts/notices.ts';

interface ActionOptions<O> {
  /** The notice after success. */
  done: (output: O) => string;
  onDone?: (output: O) => void;
}

/**
 * Returns an action of an operator: `run(input)` calls `send` with the input, which always has a reason, and with an
 * idempotency key. A repeated run with the same input after an error has the same key, so that it takes effect once
 * even if the first answer was lost. After success it shows a notice, and reads the data of the screen again.
 */
export function useAction<I extends object, O>(
  send: (input: I & { idempotencyKey: string }) => Promise<O>,
  { done, onDone }: ActionOptions<O>,
) {
  const queries = useQueryClient();
  const sent = useRef({ text: '', idempotencyKey: '' });
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (input: I) => {
      const text = JSON.stringify(input);
      if (sent.current.text !== text) sent.current = { text, idempotencyKey: newIdempotencyKey() };
      return send({ ...input, idempotencyKey: sent.current.idempotencyKey });
    },
    onSuccess: (output) => {
      sent.current = { text: '', idempotencyKey: '' };
      notify(done(output));
      onDone?.(output);
      return queries.invalidateQueries();
    },
  });
  return { run: (input: I & { reason: string }) => mutate(input), isPending, error, reset };
}
