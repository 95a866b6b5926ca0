/** As every package; the page's entry is built after it (tsup.browser.config.ts), since this build empties `dist`. */
import { defineConfig } from 'tsup';
import fileByFile from '../../tsup.config';

export default defineConfig({ ...(fileByFile as object), entry: ['src/index.ts', 'src/bin.ts'] });
