/** The page: five panels around one study. */
import { defineSaliencyViewer } from '@regional-saliency/viewer';
import { callsOf } from './calls';
import { explainPanel } from './explain-panel';
import { imagesPanel } from './images-panel';
import { modelPanel } from './model-panel';
import { regionsPanel } from './regions-panel';
import { resultsPanel } from './results-panel';
import { createStudy } from './study';
import { fillIn } from './try-it';

defineSaliencyViewer();
const worker = new Worker(new URL('./explain.worker.ts', import.meta.url), { type: 'module' });
const calls = callsOf(worker);
const study = createStudy();

const model = modelPanel(study, calls);
const images = imagesPanel(study);
const regions = regionsPanel(study, calls);
const explain = explainPanel(study, worker, regions);
resultsPanel(study, calls, regions);

const tryIt = document.querySelector<HTMLButtonElement>('#try-it')!;
tryIt.addEventListener('click', async () => {
  tryIt.disabled = true;
  try {
    await fillIn({ study, model, images, regions });
    await explain.run();
  } finally {
    tryIt.disabled = false;
  }
});

// A file that misses its place must not replace the page.
for (const event of ['dragover', 'drop']) addEventListener(event, (dropped) => dropped.preventDefault());
