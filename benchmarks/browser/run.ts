/**
 * `pnpm bench --browser`: explanations of ResNet-18 and MobileNetV2 on each backend of a browser, in one run, beside `tf.grad`
 * and tfjs's own forward pass, or beside onnxruntime-web's.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openPage, withoutChromium } from '@regional-saliency/conformance/browser';
import { SaliencyError } from '@regional-saliency/core';
import { writeOnnx } from '@regional-saliency/onnx';
import { machine } from '../machine';
import { quartiles } from '../measure';
import { out, randomResNet18, resnet18 } from '../resnet18';
import { randomMobileNetV2 } from './mobilenet-v2';
import type { Times } from './page';

const help = `pnpm bench --browser [options]   explanations in Chromium, on every backend

  --only TEXT     only rows whose id contains TEXT (again for more); ids are <backend>/<network>: tfjs-wasm/resnet18,
                  tfjs-webgl, tfjs-webgpu, onnxruntime-wasm, onnxruntime-webgpu; resnet18, mobilenet-v2
  --rounds N      how often each side runs, after a first run that does not count (default 5)
  --size N        images of N² (default 224); with another the weights of ResNet-18 are random, too
  --gpu           the machine's own graphics card, instead of software that stands in for one
  --help          this text

The table goes to stdout, progress to stderr, every time to out/bench-browser.json.`;

/** Each of ours, and the peer that it is set against. */
const peers = {
  tfjs: { gradient: 'tf.grad', 'grad-cam': 'tf.grad', 'lrp-epsilon-plus': 'tf.grad' },
  onnxruntime: {
    gradient: 'onnxruntime forward',
    'grad-cam': 'onnxruntime forward',
    'lrp-epsilon-plus': 'onnxruntime forward',
  },
} as const;

export async function browser(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '5' },
      size: { type: 'string', default: '224' },
      gpu: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new SaliencyError('bad-input', `--rounds takes a whole number above 0, not "${values.rounds}"`);
  }
  const size = Number(values.size);
  if (!Number.isInteger(size) || size < 32 || size > 1024) {
    throw new SaliencyError('bad-input', `--size takes a whole number from 32 to 1024, not "${values.size}"`);
  }
  if (withoutChromium) throw new SaliencyError('backend', withoutChromium);
  const trained = size === 224 ? resnet18() : undefined;
  const about = trained?.about ?? 'ResNet-18 with seeded random weights';
  const { resolve } = createRequire(import.meta.url);
  const page = await openPage('page', {
    scripts: { page: new URL('./page.ts', import.meta.url) },
    folders: {
      wasm: dirname(resolve('@tensorflow/tfjs-backend-wasm')),
      ort: dirname(resolve('onnxruntime-web')),
    },
    files: {
      '/resnet18.onnx': trained ? readFileSync(trained.file) : writeOnnx(randomResNet18(size)),
      '/mobilenet-v2.onnx': writeOnnx(randomMobileNetV2(size)),
    },
    software: !values.gpu,
  });
  try {
    const devices = await page.ask<Record<string, string | number | boolean>>('devices');
    const ids = (await page.ask<string[]>('backends')).flatMap((backend) =>
      ['resnet18', 'mobilenet-v2'].map((network) => ({ backend, network, id: `${backend}/${network}` })),
    );
    const chosen = ids.filter(
      ({ id }) => values.only.length === 0 || values.only.some((text) => id.includes(text)),
    );
    if (chosen.length === 0) {
      console.error(`No row's id contains ${values.only.map((text) => `"${text}"`).join(' or ')}.`);
      return 1;
    }
    const chromium = page.page.context().browser()!.version();
    const settings = {
      date: new Date().toISOString(),
      model: about,
      size,
      rounds,
      chromium,
      ...devices,
      ...machine(),
    };
    console.log(`${about}; MobileNetV2 with seeded random weights; ${size}², one image; medians over ${rounds} rounds
${settings.processor}, ${settings.cores} cores; Chromium ${chromium}; WebGL: ${devices.webgl}; WebGPU: ${devices.webgpu}
ratio: the peer's time over ours, median of the rounds; (software): no graphics card computed this\n`);
    console.log(row('backend', 'network', 'what', 'ours, ms', 'peer', 'peer, ms', 'ratio'));
    const results: object[] = [];
    for (const { backend, network, id } of chosen) {
      console.error(`  ${id}`);
      const times = await page.ask<Times>('time', backend, `/${network}.onnx`, rounds);
      const device = backend.endsWith('webgl')
        ? devices.webgl
        : backend.endsWith('webgpu')
          ? devices.webgpu
          : '';
      const software = /swiftshader|software|llvmpipe/i.test(String(device));
      results.push({ backend, network, software, times });
      const runtime = backend.startsWith('tfjs') ? 'tfjs' : 'onnxruntime';
      for (const [what, peer] of Object.entries(peers[runtime])) {
        const [own, other] = [times[what], times[peer]];
        if (own === undefined) continue;
        console.log(
          row(
            software ? `${backend} (software)` : backend,
            network,
            what,
            median(own),
            peer,
            median(other),
            typeof own === 'object' && typeof other === 'object'
              ? quartiles(own.map((time, at) => other[at]! / time)).median.toFixed(2)
              : '',
          ),
        );
      }
      for (const [what, failure] of Object.entries(times)) {
        if (typeof failure === 'string') console.log(`  ${what} can't run on ${id}: ${failure}`);
      }
    }
    mkdirSync(out, { recursive: true });
    const file = fileURLToPath(new URL('../../out/bench-browser.json', import.meta.url));
    writeFileSync(file, `${JSON.stringify({ settings, rows: results }, null, 1)}\n`);
    console.log('\nEvery time: out/bench-browser.json');
    return page.problems.length;
  } finally {
    await page.close();
  }
}

const median = (times: readonly number[] | string | undefined) =>
  typeof times === 'object' ? quartiles(times).median.toFixed(1) : '-';

const widths = [30, 14, 18, 10, 22, 10, 7];

const row = (...cells: string[]) =>
  cells
    .map((cell, at) => (at < 3 || at === 4 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
    .join(' ');
