import { Toast } from '@base-ui/react/toast';

const SHOWN_MS = 6_000;

export const notices = Toast.createToastManager();

/** Says that something was done, at the edge of the screen. Screen readers announce it. */
export const notify = (text: string): void => {
  notices.add({ description: text, timeout: SHOWN_MS });
};
