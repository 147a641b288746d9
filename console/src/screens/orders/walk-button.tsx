import type { useSearchWalk } from '../../live/use-search-walk.ts';
import { Button } from '../../parts/button.tsx';
import { DETAIL } from '../../detail-text.ts';

interface WalkButtonProps {
  walk: Pick<ReturnType<typeof useSearchWalk<never>>, 'isSearching' | 'progress' | 'goOn'>;
}

/** Searches further, and shows how far the search is. */
export function WalkButton({ walk: { isSearching, progress, goOn } }: WalkButtonProps) {
  return (
    <Button disabled={isSearching} onClick={goOn}>
      {isSearching ? DETAIL.orders.searching(progress) : DETAIL.orders.lookFurther}
    </Button>
  );
}
