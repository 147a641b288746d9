import { type ReleaseProgress, useMassRelease } from '../../live/use-mass-release.ts';
import { ActionDialog } from '../../parts/action-dialog.tsx';
import { Button } from '../../parts/button.tsx';
import { notify } from '../../parts/notices.ts';
import { DETAIL } from '../../detail-text.ts';
import { type Hold, ownerName } from '../hold-owner.ts';
import { sumOf } from './line-units.ts';
import styles from './orders.module.css';

interface MassReleaseDialogProps {
  holds: readonly Hold[];
  onClose: () => void;
}

/** Releases many holds after a typed word. Shows the progress, and the holds that had ended meanwhile. */
export default function MassReleaseDialog({ holds, onClose }: MassReleaseDialogProps) {
  const { run, stop, progress } = useMassRelease();
  const holders = new Set(holds.map(({ owner }) => owner)).size;
  const start = async (reason: string): Promise<void> => {
    const { released, units, ended, error } = await run(holds, reason);
    if (error !== null) return;
    notify(DETAIL.massRelease.done(released, units));
    if (ended.length === 0) onClose();
  };
  const isOver = progress !== null && !progress.isRunning && progress.error === null;
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
      action={{ isPending: progress?.isRunning === true, error: progress?.error ?? null }}
      onConfirm={(reason) => void start(reason)}
      onClose={onClose}
    >
      {progress?.isRunning && <Running progress={progress} stop={stop} />}
      {isOver && progress.ended.length > 0 && <Ended holds={progress.ended} />}
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

const ENDED_SHOWN = 50;

const Ended = ({ holds }: { holds: readonly Hold[] }) => (
  <div role="alert">
    <p>{DETAIL.massRelease.ended(holds.length)}</p>
    <ul className={styles.refusals}>
      {holds.slice(0, ENDED_SHOWN).map(({ holdId, sku, owner, quantity }) => (
        <li key={holdId}>{DETAIL.massRelease.endedHold(ownerName(owner), sku, quantity)}</li>
      ))}
    </ul>
    {holds.length > ENDED_SHOWN && <p>{DETAIL.massRelease.endedMore(holds.length - ENDED_SHOWN)}</p>}
  </div>
);
