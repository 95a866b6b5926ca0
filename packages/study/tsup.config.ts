/** As every package, with types of the part for browsers besides. */
import { defineConfig, type Options } from 'tsup';
import common from '../../tsup.config';

export default defineConfig({
  ...(common as Options),
  dts: { entry: { index: 'src/index.ts', browser: 'src/browser.ts' } },
});
