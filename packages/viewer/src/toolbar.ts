/** The controls above the images: one set for all of them. */
import { colourTable, divergingColours, sequentialColours } from './colours';
import { element, svg } from './dom';
import { formatPercent } from './numbers';
import type { ViewerState } from './state';

export interface ToolbarActions {
  /** A person changed a setting. */
  set<K extends keyof ViewerState>(name: K, value: ViewerState[K]): void;
  zoom(factor: number): void;
  save(format: 'png' | 'svg'): void;
}

export interface Toolbar {
  readonly node: HTMLElement;
  update(state: ViewerState, facts: { methods: readonly string[]; signed: boolean; unsigned: boolean }): void;
}

/** What the controls besides the sliders show. */
const rest = ['colours', 'diverging', 'outlines', 'view', 'methods'] as const;

export function createToolbar(actions: ToolbarActions): Toolbar {
  const threshold = slider('Threshold', { min: 0, max: 100, step: 0.5 }, (value) =>
    actions.set('threshold', value),
  );
  threshold.input.title = 'Pixels weaker than this percentile of the map show the image alone';
  const opacity = slider('Opacity', { min: 0, max: 100, step: 1 }, (value) =>
    actions.set('opacity', value / 100),
  );
  const sequential = choice('Colours', sequentialColours, ['none', 'strong'], (value) =>
    actions.set('colours', value),
  );
  const diverging = choice('Signed', divergingColours, ['against', 'for'], (value) =>
    actions.set('diverging', value),
  );

  const outlines = element('button', { type: 'button', class: 'toggle' }, icon('outlines'), 'Regions');
  let shownOutlines = true;
  outlines.addEventListener('click', () => actions.set('outlines', !shownOutlines));
  const closer = button('Zoom in', icon('plus'), () => actions.zoom(1.5));
  const farther = button('Zoom out', icon('minus'), () => actions.zoom(1 / 1.5));
  const whole = button('Zoom to the whole image', '', () => actions.zoom(0));
  whole.classList.add('number');
  const zoom = element(
    'div',
    { class: 'joined', role: 'group', 'aria-label': 'Zoom' },
    farther,
    whole,
    closer,
  );
  const png = button('Save as PNG', 'PNG', () => actions.save('png'));
  const vector = button('Save as SVG', 'SVG', () => actions.save('svg'));
  png.prepend(icon('save'));
  const save = element('div', { class: 'joined', role: 'group', 'aria-label': 'Save' }, png, vector);

  const methods = element('div', { class: 'methods', role: 'group', 'aria-label': 'Methods' });
  const controls = element(
    'div',
    { class: 'controls' },
    threshold.node,
    opacity.node,
    sequential.node,
    diverging.node,
    element('div', { class: 'buttons' }, outlines, zoom, save),
  );
  const node = element(
    'div',
    { class: 'toolbar', role: 'group', 'aria-label': 'Display' },
    methods,
    controls,
  );

  let before: ViewerState | undefined;
  let shown: Parameters<Toolbar['update']>[1] | undefined;
  let names: readonly string[] = [];
  let chosen: readonly string[] = [];
  const chips = new Map<string, HTMLButtonElement>();
  const toggle = (name: string) => {
    const next = names.filter((other) => (other === name ? !chosen.includes(name) : chosen.includes(other)));
    // One method at least stays.
    if (next.length > 0) actions.set('methods', next);
  };

  return {
    node,
    update(state, facts) {
      threshold.update(state.threshold);
      opacity.update(Math.round(state.opacity * 100));
      // A step of a slider touches nothing else: setting what is already so would have styles computed anew.
      const isOld = before && facts === shown && rest.every((name) => before![name] === state[name]);
      before = state;
      shown = facts;
      if (isOld) return;
      sequential.update(state.colours);
      diverging.update(state.diverging);
      sequential.node.hidden = !facts.unsigned;
      diverging.node.hidden = !facts.signed;
      diverging.rename(facts.unsigned ? 'Signed' : 'Colours');
      shownOutlines = state.outlines;
      outlines.setAttribute('aria-pressed', String(state.outlines));
      const zoomed = formatPercent(Math.round(state.view.scale * 100));
      if (whole.textContent !== zoomed) {
        whole.textContent = zoomed;
        whole.setAttribute('aria-label', `${zoomed}, zoom to the whole image`);
      }
      farther.disabled = state.view.scale === 1;
      chosen = state.methods;
      if (facts.methods.join('\0') !== names.join('\0')) {
        names = facts.methods;
        chips.clear();
        for (const name of names) {
          const chip = element('button', { type: 'button', class: 'toggle' }, name);
          chip.addEventListener('click', () => toggle(name));
          chips.set(name, chip);
        }
        methods.replaceChildren(...chips.values());
        methods.hidden = names.length < 2;
      }
      for (const [name, chip] of chips) chip.setAttribute('aria-pressed', String(chosen.includes(name)));
    },
  };
}

function slider(
  label: string,
  range: { readonly min: number; readonly max: number; readonly step: number },
  changed: (value: number) => void,
) {
  const input = element('input', { type: 'range', ...range });
  // Written over in place: another text node would be laid out anew.
  const text = document.createTextNode('');
  const value = element('span', { class: 'number', 'aria-hidden': 'true' }, text);
  const node = element(
    'label',
    { class: 'control' },
    element('span', { class: 'line' }, element('span', {}, label), value),
    input,
  );
  let current = Number.NaN;
  const update = (next: number) => {
    if (next === current) return;
    current = next;
    input.value = String(next);
    text.data = formatPercent(next);
    input.setAttribute('aria-valuetext', `${next} percent`);
    input.style.setProperty('--fill', `${(100 * (next - range.min)) / (range.max - range.min)}%`);
  };
  input.addEventListener('input', () => changed(Number(input.value)));
  return { node, input, update };
}

/** A choice of colours with their scale beneath. */
function choice<T extends string>(
  label: string,
  names: readonly T[],
  [from, to]: readonly [string, string],
  changed: (value: T) => void,
) {
  const title = element('span', {}, label);
  const select = element('select', {}, ...names.map((name) => element('option', {}, name)));
  select.addEventListener('change', () => changed(select.value as T));
  const scale = element('canvas', { width: 256, height: 1 });
  const node = element(
    'label',
    { class: 'control' },
    element('span', { class: 'line' }, title, select),
    element('span', { class: 'scale', 'aria-hidden': 'true' }, from, scale, to),
  );
  let current: string | undefined;
  return {
    node,
    rename: (text: string) => {
      title.textContent = text;
    },
    update(name: T) {
      if (name === current) return;
      current = name;
      select.value = name;
      const table = colourTable(name);
      const pixels = new ImageData(256, 1);
      for (let i = 0; i < 256; i++) pixels.data.set([...table.subarray(3 * i, 3 * i + 3), 255], 4 * i);
      scale.getContext('2d')!.putImageData(pixels, 0, 0);
    },
  };
}

export function button(label: string, content: Node | string, pressed: () => void): HTMLButtonElement {
  const node = element('button', { type: 'button', 'aria-label': label, title: label }, content);
  node.addEventListener('click', pressed);
  return node;
}

const drawings = {
  plus: 'M3 8h10M8 3v10',
  minus: 'M3 8h10',
  save: 'M8 2v8M4.5 7 8 10.5 11.5 7M3 13.5h10',
  outlines: 'M3 5.5 8 2.5l5 3.5-1.5 6.5-7 1Z',
  back: 'M9.5 3.5 5 8l4.5 4.5',
  forth: 'M6.5 3.5 11 8l-4.5 4.5',
  open: 'M9.5 2.5h4v4M13.5 2.5l-5 5M6.5 13.5h-4v-4M2.5 13.5l5-5',
} as const;

export function icon(name: keyof typeof drawings): SVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 16 16', class: 'icon', 'aria-hidden': 'true' },
    svg('path', { d: drawings[name] }),
  );
}
