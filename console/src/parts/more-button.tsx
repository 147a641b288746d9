import { TEXT } from '../text.ts';
import { Button } from './button.tsx';

interface MoreButtonProps {
  /** What `usePages` returns. */
  pages: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** Reads the next page of a list. Nothing if there is none. */
export function MoreButton({ pages: { hasNextPage, isFetchingNextPage, fetchNextPage } }: MoreButtonProps) {
  if (!hasNextPage) return null;
  return (
    <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      {isFetchingNextPage ? TEXT.parts.moreLoading : TEXT.parts.more}
    </Button>
  );
}
