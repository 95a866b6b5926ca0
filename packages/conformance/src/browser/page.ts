/** A page that tests ask things of: the other end of in-page.ts. */
import { type ErrorCode, SaliencyError } from '@regional-saliency/core';
import type { Page } from 'playwright-core';
import type { Checks } from '../checks';
import { launchChromium } from './chromium';
import { type SiteOptions, serveSite } from './site';

export interface OpenPage {
  /** For what only a browser's driver can do. */
  readonly page: Page;
  readonly url: string;
  /** Errors that the page threw and what its policy blocked, so far. */
  readonly problems: readonly string[];
  /**
   * Calls what the page offers under a name.
   *
   * @throws SaliencyError with the page's message and code where that is what was thrown there
   */
  ask<Value>(name: string, ...given: readonly unknown[]): Promise<Value>;
  close(): Promise<void>;
}

/** Serves a site, opens the page of one of its scripts in a Chromium of its own, and waits until it offers something. */
export async function openPage(
  script: string,
  options: SiteOptions & { readonly software?: boolean },
): Promise<OpenPage> {
  const site = await serveSite(options);
  const browser = await launchChromium(options);
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`${error.name}: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  await page.goto(`${site.url}/${script}.html`);
  await page
    .waitForFunction(() => globalThis.answer !== undefined)
    .catch((cause: unknown) => {
      throw new Error(`the page offers nothing: ${problems.join('; ')}`, { cause });
    });
  return {
    page,
    url: site.url,
    problems,
    async ask<Value>(name: string, ...given: readonly unknown[]) {
      const answer = await page.evaluate(([what, values]) => globalThis.answer!(what, values), [
        name,
        given,
      ] as const);
      if (!('error' in answer)) return answer.value as Value;
      const { message, code } = answer.error;
      throw code === undefined ? new Error(message) : new SaliencyError(code as ErrorCode, message);
    },
    async close() {
      await browser.close();
      await site.close();
    },
  };
}

/** The checks of a backend in a page that offers `checkAnswers`. */
export function checksIn({ ask }: OpenPage, backend: string): Checks {
  return {
    one: (name, bound) => ask('one', backend, name, bound),
    random: (runs) => ask('random', backend, runs),
    gradients: (op, runs, refusable, bound) =>
      ask(
        'gradients',
        backend,
        op,
        runs,
        refusable.map(({ source }) => source),
        bound,
      ),
  };
}
