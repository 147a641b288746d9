import { useState } from 'react';
import { Button } from '../parts/button.tsx';
import { TEXT } from '../text.ts';
import { chooseTheme, currentTheme, THEMES } from './theme.ts';

const SIGNS = { system: '◐', light: '○', dark: '●' };

/** Goes through the themes: as the system, light, dark. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(currentTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  const label = TEXT.app.theme[theme];
  return (
    <Button
      look="quiet"
      aria-label={label}
      title={label}
      onClick={() => {
        chooseTheme(next);
        setTheme(next);
      }}
    >
      <span aria-hidden="true">{SIGNS[theme]}</span>
    </Button>
  );
}
