/** The suites on tfjs's webgpu backend, in Chromium. */
import { describeInChromium } from './in-chromium';

describeInChromium('webgpu');
