import { Component, type ComponentType, type ReactNode, use } from 'react';
import { TEXT } from '../text.ts';
import { alsoInBackground } from './background-load.ts';
import { Button } from './button.tsx';
import styles from './lazy-part.module.css';

class PartNotLoaded extends Error {}

const failedStyles = new Set<HTMLLinkElement>();
document.addEventListener(
  'error',
  ({ target }) => target instanceof HTMLLinkElement && target.rel === 'stylesheet' && failedStyles.add(target),
  true,
);

/** Vite asks for each style sheet once only, so a failed one needs an element of its own. */
const loadFailedStyles = (): Promise<unknown> =>
  Promise.all(
    [...failedStyles].map(
      (failed) =>
        new Promise((resolve, reject) => {
          const link = document.createElement('link');
          Object.assign(link, { rel: 'stylesheet', href: failed.href, onload: resolve, onerror: reject });
          failedStyles.delete(failed);
          failed.replaceWith(link);
        }),
    ),
  );

interface BoundaryProps {
  className: string | undefined;
  onRetry: () => void;
  children: ReactNode;
}

/** Keeps the failure of a part within the part. */
class PartBoundary extends Component<BoundaryProps, { error: unknown }> {
  static getDerivedStateFromError = (error: unknown) => ({ error });
  override state: { error: unknown } = { error: null };

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    if (!(error instanceof PartNotLoaded)) throw error;
    return (
      <div className={this.props.className} role="alert">
        <p>{TEXT.errors.notLoaded}</p>
        <Button onClick={this.retry}>{TEXT.parts.retry}</Button>
      </div>
    );
  }

  private readonly retry = (): void => {
    this.props.onRetry();
    this.setState({ error: null });
  };
}

type Load<P> = () => Promise<{ default: ComponentType<P> }>;

function lazyIn<P extends object>(load: Load<P>, className: string | undefined) {
  let loading: Promise<ComponentType<P>> | undefined;
  let hasFailed = false;
  const read = (): Promise<ComponentType<P>> => {
    loading ??= loadFailedStyles()
      .then(load)
      .then(
        (module) => module.default,
        (cause: unknown) => {
          hasFailed = true;
          throw new PartNotLoaded('a part was not loaded', { cause });
        },
      );
    return loading;
  };
  /** A rejected promise stays, so that rendering ends. Only this one imports again. */
  const readAgain = (): Promise<ComponentType<P>> => {
    if (hasFailed) loading = undefined;
    hasFailed = false;
    return read();
  };
  const Loaded = (props: P) => {
    const Part = use(read());
    return <Part {...props} />;
  };
  const preload = (): Promise<void> =>
    readAgain().then(
      () => undefined,
      () => undefined,
    );
  alsoInBackground(readAgain);
  const Lazy = (props: P) => (
    <PartBoundary className={className} onRetry={() => void preload()}>
      <Loaded {...props} />
    </PartBoundary>
  );
  return Object.assign(Lazy, { preload });
}

/** As `lazy` of React, but also loaded in the background. A failure stays within the part, and can be tried again. */
export const lazyPart = <P extends object>(load: Load<P>) => lazyIn(load, styles.failed);

/** The same for a dialog: a failure is shown above the page, because the dialog has no place in it. */
export const lazyDialog = <P extends object>(load: Load<P>) => lazyIn(load, `${styles.failed} ${styles.above}`);
