import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './theme.css';
import { Console } from './shell/console.tsx';
import { takeKeyOfAddress } from './session/operator-session.ts';
import { applyTheme } from './shell/theme.ts';

applyTheme();
takeKeyOfAddress();
const root = document.querySelector('#console');
if (!root) throw new Error('the page has no element for the console');
createRoot(root).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);
