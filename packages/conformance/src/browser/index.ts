/** Tests in a real browser. Apart from the package's index, so that nobody else loads a bundler. */
export { type BuiltApp, openBuiltApp } from './built';
export { launchChromium, withoutChromium } from './chromium';
export { checksIn, type OpenPage, openPage } from './page';
export { printedBy } from './printed';
export { type Site, type SiteOptions, serveSite, strictPolicy } from './site';
