import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Explained } from './explained';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Explained />
  </StrictMode>,
);
