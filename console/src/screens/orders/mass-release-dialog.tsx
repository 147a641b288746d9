import { type Refused, type ReleaseProgress, useMassRelease } from '../../live/use-mass-release.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Button } from '../../parts/button.tsx';
import { errorText } from '../../parts/error-text.tsx';
import { notify } from '../../parts/notices.ts';
import { DETAIL } from '../../detail-text.ts';
import { type Hold, ownerName } from '../hold-owner.ts';
import { sumOf } from './line-units.ts';
import styles from './orders.module.css';

interface MassReleaseDialogProps {
  holds: readonly Hold[];
  onClose: () => void;
}

/** Releases many holds after a typed word. Shows the progress, and each hold that was refused. */
export default function MassReleaseDialog({ holds, onClose }: MassReleaseDialogProps) {
  const { run, stop, progress } = useMassRelease();
  const holders = new Set(holds.map(({ owner }) => owner)).size;
  const start = async (reason: string): Promise<void> => {
    const { released, units, refused } = await run(holds, reason);
    notify(DETAIL.massRelease.done(released, units));
    if (refused.length === 0) onClose();
  };
  const isOver = progress !== null && !progress.isRunning;
  return (
    <ActionDialog
      title={DETAIL.massRelease.title(holds.length)}
      effects={
        isOver
          ? [DETAIL.massRelease.done(progress.released, progress.units)]
          : DETAIL.massRelease.effects(holds.length, holders, sumOf(holds.map(({ quantity }) => quantity)))
      }
      confirm={DETAIL.massRelease.releaseSelected(holds.length)}
      word={DETAIL.massRelease.word}
      isOver={isOver}
      dismiss={isOver ? DETAIL.massRelease.close : undefined}
      action={{ isPending: progress?.isRunning === true, error: null }}
      onConfirm={(reason) => void start(reason)}
      onClose={onClose}
    >
      {progress?.isRunning && <Running progress={progress} stop={stop} />}
      {isOver && progress.refused.length > 0 && <Refusals refused={progress.refused} />}
    </ActionDialog>
  );
}

const Running = ({ progress: { done, total }, stop }: { progress: ReleaseProgress; stop: () => void }) => (
  <div className={styles.progress} role="status">
    <progress value={done} max={total} aria-label={DETAIL.massRelease.title(total)} />
    <span className={styles.bar}>
      {DETAIL.massRelease.progress(done, total)}
      <Button onClick={stop}>{DETAIL.massRelease.stop}</Button>
    </span>
  </div>
);

const REFUSALS_SHOWN = 50;

const Refusals = ({ refused }: { refused: readonly Refused[] }) => (
  <div role="alert">
    <p>{DETAIL.massRelease.refused(refused.length)}</p>
    <ul className={styles.refusals}>
      {refused.slice(0, REFUSALS_SHOWN).map(({ hold, error }) => (
        <li key={hold.holdId}>
          {ownerName(hold.owner)}: {errorText(error)}
        </li>
      ))}
    </ul>
    {refused.length > REFUSALS_SHOWN && <p>{DETAIL.massRelease.refusedMore(refused.length - REFUSALS_SHOWN)}</p>}
  </div>
);
