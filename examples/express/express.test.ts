import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { snippetsOf } from '@regional-saliency/conformance';
import { decodeImage } from '@regional-saliency/study';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explaining } from './server';

const here = (path: string) => new URL(path, import.meta.url);
const xray = await readFile(here('../node/xray.png'));

let server: Server;
let url: string;
beforeAll(async () => {
  const app = await explaining(fileURLToPath(here('../demo/models/fair.onnx')));
  server = await new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/overlay`;
});
afterAll(() => server.close());

const post = (body: BodyInit, type: string) =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': type } });

it('the README shows the server', async () => {
  expect(snippetsOf(here('./README.md'))).toEqual([await readFile(here('./server.ts'), 'utf8')]);
});

it('answers an image with its overlay, coloured where the opacity is', async () => {
  const response = await post(xray, 'image/png');
  expect([response.status, response.headers.get('content-type'), response.headers.get('x-class')]).toEqual([
    200,
    'image/png',
    '1',
  ]);
  const { width, height, channels, data } = await decodeImage(
    new Uint8Array(await response.arrayBuffer()),
    'overlay',
  );
  expect([width, height, channels]).toEqual([128, 128, 3]);
  const coloured = { left: 0, right: 0 };
  for (let at = 0; at < width * height; at++) {
    if (data[3 * at] !== data[3 * at + 2]) coloured[at % width < 64 ? 'left' : 'right']++;
  }
  expect(coloured.left).toBeGreaterThan(3 * coloured.right);
});

it('answers as many at once as ask', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(xray, 'image/png')));
  const bodies = await Promise.all(answers.map(async (answer) => Buffer.from(await answer.arrayBuffer())));
  for (const body of bodies) expect(body.equals(bodies[0]!)).toBe(true);
});

it('says in JSON what is wrong: no image, another type, too large', async () => {
  const wrong = [
    [await post('no image', 'image/png'), 400, /the image/],
    [await post('{}', 'application/json'), 415, /send an image as the body/],
    [await post(new Uint8Array(11_000_000), 'image/png'), 413, /too large/],
  ] as const;
  for (const [response, status, message] of wrong) {
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.stringMatching(message) });
  }
});
