/**
 * `npx tsx packages/viewer/bench.ts [steps]`: what a step of a slider costs with a grid of 40 images at 1280 × 720, in
 * Chromium without a GPU.
 *
 * A step is one input event of the slider a frame, as a hand moves it. From Chromium's trace: the main thread's time in
 * each step, in CPU time (what it worked) and by the clock (which on a busy machine includes waiting for a core), and
 * how many frames a second the compositor drew, of which canvases repainted by the worker.
 */
import { loadavg } from 'node:os';
import type { CDPSession, Page } from 'playwright-core';
import { phantomItems, showItems } from './phantoms';
import { launch, openPage, settled } from './test/page';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

const STEPS = Number(process.argv[2] ?? 300);

async function traced(client: CDPSession, work: () => Promise<unknown>): Promise<TraceEvent[]> {
  const includedCategories = ['toplevel', 'blink.user_timing', 'viz', '__metadata'];
  await client.send('Tracing.start', { transferMode: 'ReturnAsStream', traceConfig: { includedCategories } });
  await work();
  const complete = new Promise<string>((resolve) =>
    client.once('Tracing.tracingComplete', ({ stream }) => resolve(stream!)),
  );
  await client.send('Tracing.end');
  const handle = await complete;
  let text = '';
  for (;;) {
    const { data, eof } = await client.send('IO.read', { handle });
    text += data;
    if (eof) break;
  }
  return (JSON.parse(text) as { traceEvents: TraceEvent[] }).traceEvents;
}

/** Moves a slider a little in each frame; marks each step in the trace. */
const move = (page: Page, label: string, steps: number) =>
  page.evaluate(
    ([label, steps]) =>
      new Promise<void>((resolve) => {
        const controls = [
          ...document.querySelector('saliency-viewer')!.shadowRoot!.querySelectorAll('.control'),
        ];
        const input = controls.find((node) => node.textContent!.startsWith(label))!.querySelector('input')!;
        let step = 0;
        const next = () => {
          performance.mark('step');
          // There and back again over the upper half.
          input.value = String(50 + 45 * Math.abs(((step / 90) % 2) - 1));
          input.dispatchEvent(new Event('input', { bubbles: true }));
          if (++step < steps) requestAnimationFrame(next);
          else resolve();
        };
        requestAnimationFrame(next);
      }),
    [label, steps] as const,
  );

function figures(events: readonly TraceEvent[]) {
  const threads = new Map(
    events
      .filter(({ name }) => name === 'thread_name')
      .map(({ pid, tid, args }) => [`${pid} ${tid}`, args!.name!]),
  );
  const marks = events.filter(({ name, ph }) => name === 'step' && ph !== 'E').sort((a, b) => a.ts - b.ts);
  const { pid, tid } = marks[0]!;
  const tasks = events.filter(
    (event) => event.ph === 'X' && event.pid === pid && event.tid === tid && event.name.endsWith('RunTask'),
  );
  // Tasks lie in one another where the loop runs nested; only the outermost count.
  tasks.sort((a, b) => a.ts - b.ts || b.dur! - a.dur!);
  const outer: TraceEvent[] = [];
  for (const task of tasks) {
    const last = outer.at(-1);
    if (!last || task.ts >= last.ts + last.dur!) outer.push(task);
  }
  // A step is what the main thread did from the task of its mark until the next one's.
  const cpu = new Array<number>(marks.length).fill(0);
  const clock = new Array<number>(marks.length).fill(0);
  let step = -1;
  for (const task of outer) {
    while (step + 1 < marks.length && marks[step + 1]!.ts <= task.ts + task.dur!) step++;
    if (step < 0) continue;
    cpu[step]! += (task.tdur ?? 0) / 1000;
    clock[step]! += task.dur! / 1000;
  }
  const seconds = (marks.at(-1)!.ts - marks[0]!.ts) / 1e6;
  const during = ({ ts }: TraceEvent) => ts >= marks[0]!.ts && ts <= marks.at(-1)!.ts;
  const draws = events.filter(
    (event) => event.name === 'Display::DrawAndSwap' && event.ph === 'X' && during(event),
  );
  const busy = (name: string) =>
    events
      .filter((event) => event.ph === 'X' && event.name.endsWith('RunTask') && during(event))
      .filter((event) => threads.get(`${event.pid} ${event.tid}`)?.startsWith(name))
      .reduce((sum, event) => sum + (event.tdur ?? 0) / 1000, 0) / marks.length;
  const ordered = [...cpu].sort((a, b) => a - b);
  const waited = [...clock].sort((a, b) => a - b);
  const at = (values: number[], part: number) => values[Math.floor((values.length - 1) * part)]!.toFixed(2);
  return {
    'steps/s': ((marks.length - 1) / seconds).toFixed(1),
    'frames/s': (draws.length / seconds).toFixed(1),
    'main, median ms': at(ordered, 0.5),
    '95 %': at(ordered, 0.95),
    worst: at(ordered, 1),
    'by the clock, median': at(waited, 0.5),
    'worst ': at(waited, 1),
    'compositor ms': busy('VizCompositor').toFixed(2),
    'worker ms': busy('DedicatedWorker').toFixed(2),
  };
}

const browser = await launch();
try {
  const page = await openPage(browser, { width: 1280, height: 720 });
  await showItems(page, await phantomItems(40));
  await settled(page);
  const client = await browser.newBrowserCDPSession();
  const shown = await page.locator('canvas.map').count();
  console.log(`${browser.version()}, ${shown} maps of 128 × 128, load ${loadavg()[0]!.toFixed(1)} before`);
  const rows: Record<string, ReturnType<typeof figures>> = {};
  for (const label of ['Threshold', 'Opacity']) {
    await move(page, label, 60);
    rows[label] = figures(await traced(client, () => move(page, label, STEPS)));
  }
  console.table(rows);
  console.log(`load ${loadavg()[0]!.toFixed(1)} after`);
} finally {
  await browser.close();
}
