/** The suites on tfjs's webgl backend, in Chromium. */
import { describeInChromium } from './in-chromium';

describeInChromium('webgl');
