import { type SubmitEvent, useState } from 'react';
import { logIn, logOut } from './shop.ts';

/** Logs in and out. The cart of the guest becomes the customer's. */
export function Account() {
  const [name, setName] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const entered = String(form.get('name'));
    logIn(entered, String(form.get('password'))).then(
      () => {
        setName(entered);
        setFailed(false);
      },
      () => setFailed(true),
    );
  };
  if (name !== null) {
    return (
      <p className="muted account">
        Logged in as {name}.{' '}
        <button type="button" onClick={() => void logOut().then(() => setName(null))}>
          Log out
        </button>
      </p>
    );
  }
  return (
    <form className="account" onSubmit={submit}>
      <label>
        Name <input name="name" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <button type="submit">Log in</button>
      {failed && <p role="alert">That did not work. Check the name and the password.</p>}
    </form>
  );
}
