/** The suites on tfjs's wasm backend, in Chromium. */
import { describeInChromium } from './in-chromium';

describeInChromium('wasm');
