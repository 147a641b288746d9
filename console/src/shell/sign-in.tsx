import { type FormEvent, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { ErrorText } from '../parts/error-text.tsx';
import { Field } from '../parts/field.tsx';
import { isKeyRefused, type Operator, signIn } from '../session/operator-session.ts';
import { TEXT } from '../text.ts';
import { Logo } from './logo.tsx';
import styles from './sign-in.module.css';

interface SignInProps {
  /** Why an earlier key did not work. */
  error: unknown;
  onDone: (operator: Operator) => void;
}

function useSignIn({ error: earlier, onDone }: SignInProps) {
  const [key, setKey] = useState('');
  const [error, setError] = useState(earlier);
  const [isPending, setPending] = useState(false);
  const isReady = key.trim() !== '' && !isPending;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!isReady) return;
    setPending(true);
    try {
      onDone(await signIn(key.trim()));
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  };
  return { key, setKey, error, isPending, isReady, submit };
}

/** Asks for the key. */
export function SignIn(props: SignInProps) {
  const { key, setKey, error, isPending, isReady, submit } = useSignIn(props);
  const isRefused = isKeyRefused(error);
  // The earlier key was valid once: nobody has mistyped it.
  const hasEnded = isRefused && error === props.error;
  return (
    <main className={styles.screen}>
      <form className={styles.form} onSubmit={(event) => void submit(event)}>
        <Logo />
        <div>
          <h1>{TEXT.signIn.title}</h1>
          <p className={styles.lead}>{TEXT.signIn.lead}</p>
          {hasEnded && (
            <p role="alert" className={styles.ended}>
              {TEXT.signIn.ended}
            </p>
          )}
        </div>
        <Field
          label={TEXT.signIn.key}
          hint={TEXT.signIn.keyHint}
          problem={isRefused && !hasEnded ? TEXT.signIn.refused : null}
          type="password"
          name="key"
          autoComplete="current-password"
          autoFocus
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        {error !== null && !isRefused && <ErrorText error={error} />}
        <Button type="submit" look="primary" disabled={!isReady}>
          {isPending ? TEXT.parts.working : TEXT.signIn.submit}
        </Button>
      </form>
    </main>
  );
}
