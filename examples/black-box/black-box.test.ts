import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { snippetsOf } from '@regional-saliency/conformance';
import { decodeImage } from '@regional-saliency/study';
import { afterAll, expect, it, vi } from 'vitest';
import { phantom, regions, size } from '../demo/phantom';
import { explainAt } from './explain';
import { serve } from './server';

const server = await serve({ unreliable: 5 });
afterAll(() => server.close());

const { pixels, labels, affected } = phantom({ seed: 7, image: 3, group: 'pneumonia' });
const picture = { width: size, height: size, channels: 1, data: pixels } as const;

it('explains a network through its endpoint, busy now and then: what counts lies in the affected lung', async () => {
  const retries: string[] = [];
  const { relevances } = await explainAt(server.url, picture, {
    onRetry: ({ error }) => retries.push(error.message),
  });
  expect(retries.length).toBe(server.served.refused);
  expect(new Set(retries)).toEqual(new Set(['HTTP 503: {"error":"too busy"}']));
  // The image, once more for occlusion, its windows, RISE's masks; what was refused was asked again, and nothing else.
  expect(server.served.images).toBe(1 + 1 + 14 * 14 + 600);
  for (const { data } of Object.values(relevances)) {
    const inside = labels.map((label) => Number(label === regions[affected!]));
    const meanWhere = (wanted: number) => {
      const values = Array.from(data as Float64Array).filter((_, at) => inside[at] === wanted);
      return values.reduce((a, b) => a + b) / values.length;
    };
    expect(meanWhere(1)).toBeGreaterThan(meanWhere(0));
  }
});

it('says what a server says that can not use a request, at the first attempt', async () => {
  const picky = createServer((request, response) => {
    request.resume();
    response.writeHead(400).end('no such model');
  });
  await new Promise<void>((resolve) => picky.listen(0, '127.0.0.1', resolve));
  const { port } = picky.address() as AddressInfo;
  await expect(explainAt(`http://127.0.0.1:${port}/predict`, picture)).rejects.toThrow(
    'predict failed on a request of 1 image at attempt 1 (HTTP 400: no such model), after 0 requests',
  );
  picky.closeAllConnections();
  picky.close();
});

it('the command of the README writes a picture of the X-ray and two maps', async () => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import('./run');
  const lines = print.mock.calls.map(([line]) => line as string);
  print.mockRestore();
  expect(lines.slice(0, 2)).toEqual(['occlusion: 196 variants scored', 'rise: 600 variants scored']);
  expect(lines[3]).toMatch(/^798 images served, \d+ requests made again/);
  const bytes = readFileSync(new URL('../../out/black-box.png', import.meta.url));
  const { width, height, channels } = await decodeImage(bytes, 'black-box.png');
  expect([width, height, channels]).toEqual([3 * size, size, 3]);
});

it('the snippet of the README is the function that the example asks', () => {
  expect(snippetsOf(new URL('./README.md', import.meta.url))).toEqual([
    readFileSync(new URL('./predict.ts', import.meta.url), 'utf8'),
  ]);
});
