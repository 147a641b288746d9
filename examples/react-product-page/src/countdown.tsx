const HURRY_MS = 120_000;
const SECOND_MS = 1_000;

interface CountdownProps {
  /** Both in the server's time, epoch milliseconds. */
  deadline: number;
  now: number;
  extend: () => void;
}

export function Countdown({ deadline, now, extend }: CountdownProps) {
  const leftMs = Math.max(0, deadline - now);
  const seconds = Math.ceil(leftMs / SECOND_MS);
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return (
    <div className={leftMs < HURRY_MS ? 'countdown hurry' : 'countdown'}>
      <p>
        {leftMs > 0 ? 'Held for you for ' : 'Time is up '}
        <span role="timer" className="clock">
          {text}
        </span>
      </p>
      <button type="button" onClick={extend}>
        More time
      </button>
    </div>
  );
}
