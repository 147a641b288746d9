/** The theme is not a secret, so it may outlive the tab. `system`: the setting of the operating system applies. */
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AT = 'holdfast.theme';

export function currentTheme(): Theme {
  const stored = localStorage.getItem(STORED_AT);
  return THEMES.find((theme) => theme === stored) ?? 'system';
}

export function applyTheme(theme: Theme = currentTheme()): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset['theme'];
  else dataset['theme'] = theme;
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(STORED_AT, theme);
  applyTheme(theme);
}
