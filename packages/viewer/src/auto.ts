/** Importing this defines `<saliency-viewer>`. */
import { defineSaliencyViewer } from './define';

export * from './index';

defineSaliencyViewer();
