/**
 * `<saliency-viewer>`: images, their saliency maps and regions, with one set of controls for all of them.
 *
 * The element holds the state; everything else draws it. Setting a property draws and fires nothing; what a person
 * changes fires `change`, and what a person picks fires `select`.
 */
import { createCard } from './card';
import {
  colourTable,
  type DivergingColours,
  divergingColours,
  type SequentialColours,
  sequentialColours,
} from './colours';
import { checkItems, type Item, methodsOf, type Region } from './data';
import { element } from './dom';
import { type Sheet, toPng, toSvg } from './export';
import { createPainter, type Painter } from './painter';
import { createPanel } from './panel';
import { createStage, type Stage } from './stage';
import { defaults, type ViewerState } from './state';
import { style } from './style';
import { button, createToolbar, icon } from './toolbar';
import { type View, wholeImage, within, zoomed } from './view';

/** What `change` tells: the property that a person changed and its new value. */
export interface ChangeDetail {
  readonly name:
    | 'methods'
    | 'threshold'
    | 'opacity'
    | 'colours'
    | 'diverging'
    | 'outlines'
    | 'view'
    | 'opened';
  readonly value: unknown;
}

/** What `select` tells: the image that a person picked, under which method, and the region if it was one. */
export interface SelectDetail {
  readonly item: Item;
  readonly index: number;
  readonly method: string;
  readonly region: Region | undefined;
}

export interface SaliencyViewerEvents {
  change: CustomEvent<ChangeDetail>;
  select: CustomEvent<SelectDetail>;
}

/** In Node there are no elements; the module can be imported there, and the class is of no use. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/** Attributes that set a property, and how their text is read. */
const attributes = {
  threshold: (text: string) => Number(text),
  opacity: (text: string) => Number(text),
  colours: (text: string) => text as SequentialColours,
  diverging: (text: string) => text as DivergingColours,
  outlines: (text: string) => text !== 'hidden',
} as const;

/** In CSS pixels, as in the style: between images and panel, and above and below the images. */
const PANEL_GAP = 28;
const MARGINS = 30;

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: types of its events, below
export class SaliencyViewer extends Base {
  static readonly observedAttributes = [...Object.keys(attributes), 'worker-url'];

  #state: ViewerState = defaults;
  /** The methods last asked for: a name may come before the items that have it. */
  #wanted: readonly string[] = [];
  #drawn: { painter: Painter; stage: Stage; draw(): void; say(text: string): void; stop(): void } | undefined;

  /** Items to show; set a new array to change them. @throws SaliencyError `bad-input` that names the item and its lack */
  get items(): readonly Item[] {
    return this.#state.items;
  }
  set items(items: readonly Item[]) {
    checkItems(items);
    this.#set({
      items,
      methods: this.#shownOf(items),
      opened: items.length === 1 ? 0 : undefined,
      view: wholeImage,
    });
  }

  /**
   * The methods shown, side by side. Names that no item has are left out, but remembered for the next items; one at least
   * stays.
   */
  get methods(): readonly string[] {
    return this.#state.methods;
  }
  set methods(methods: readonly string[]) {
    this.#wanted = methods;
    this.#set({ methods: this.#shownOf(this.items) });
  }

  #shownOf(items: readonly Item[]): readonly string[] {
    const known = methodsOf(items);
    const shown = known.filter((method) => this.#wanted.includes(method));
    return shown.length > 0 ? shown : known.slice(0, 1);
  }

  /** Pixels weaker than this percentile of their map show the image alone; 0..100, in halves. Default 75. */
  get threshold(): number {
    return this.#state.threshold;
  }
  set threshold(percent: number) {
    this.#set({ threshold: Math.round(2 * bounded(percent, 100, defaults.threshold)) / 2 });
  }

  /** Of the colours over the image, 0..1. Default 0.6. */
  get opacity(): number {
    return this.#state.opacity;
  }
  set opacity(part: number) {
    this.#set({ opacity: bounded(part, 1, defaults.opacity) });
  }

  /** Of maps without sign: `inferno` (the default), `magma`, `viridis`, `cividis`. Other names are ignored. */
  get colours(): SequentialColours {
    return this.#state.colours;
  }
  set colours(colours: SequentialColours) {
    if (sequentialColours.includes(colours)) this.#set({ colours });
  }

  /** Of signed maps: `purple-orange` (the default), `blue-red`, `brown-green`. Other names are ignored. */
  get diverging(): DivergingColours {
    return this.#state.diverging;
  }
  set diverging(diverging: DivergingColours) {
    if (divergingColours.includes(diverging)) this.#set({ diverging });
  }

  /** Whether regions are drawn. Default true; the attribute is `outlines="hidden"`. */
  get outlines(): boolean {
    return this.#state.outlines;
  }
  set outlines(outlines: boolean) {
    this.#set({ outlines });
  }

  /** Zoom and place, the same for all images: `{ scale, x, y }`; see View. */
  get view(): View {
    return this.#state.view;
  }
  set view(view: View) {
    this.#set({ view: within(view) });
  }

  /** The index of the item that is shown large, alone; undefined where all are shown. */
  get opened(): number | undefined {
    return this.#state.opened;
  }
  set opened(index: number | undefined) {
    this.#set({
      opened: index !== undefined && this.items[index] ? index : this.items.length === 1 ? 0 : undefined,
    });
  }

  /** Whether maps are coloured in a worker or, where the page forbids one, in the page; undefined before it is shown. */
  get paintedIn(): Promise<'worker' | 'page'> | undefined {
    return this.#drawn?.painter.where;
  }

  /** What is shown as a PNG; one image alone keeps its pixels, several stand on a sheet with their names. */
  async toPNG(): Promise<Blob> {
    return await toPng(this.#sheet());
  }

  /** What is shown as an SVG, with the regions as paths. */
  async toSVG(): Promise<Blob> {
    return await toSvg(this.#sheet());
  }

  connectedCallback(): void {
    // Properties that were set before the element was defined shadow the accessors.
    for (const name of [
      'items',
      'methods',
      'threshold',
      'opacity',
      'colours',
      'diverging',
      'outlines',
      'view',
      'opened',
    ] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete (this as Record<string, unknown>)[name];
      (this as Record<string, unknown>)[name] = value;
    }
    this.#start();
  }

  disconnectedCallback(): void {
    this.#drawn?.stop();
    this.#drawn = undefined;
  }

  attributeChangedCallback(name: string, _: string | null, text: string | null): void {
    if (name === 'worker-url') return;
    const key = name as keyof typeof attributes;
    (this as Record<string, unknown>)[key] = text === null ? defaults[key] : attributes[key](text);
  }

  #set(change: Partial<ViewerState>): void {
    this.#state = { ...this.#state, ...change };
    this.#drawn?.draw();
  }

  /** A person did it: what the property is, and everybody is told. */
  #change<K extends ChangeDetail['name']>(name: K, value: ViewerState[K]): void {
    (this as Record<string, unknown>)[name] = value;
    const detail: ChangeDetail = { name, value: this[name] };
    this.dispatchEvent(new CustomEvent('change', { detail, bubbles: true, composed: true }));
  }

  #sheet(): Sheet {
    const { stage } = this.#drawn ?? {};
    const dark = getComputedStyle(this).getPropertyValue('--scheme').trim() === 'dark';
    const { columns, across, aspect } = stage?.arrangement() ?? { columns: 1, across: 1, aspect: 1 };
    return { tiles: stage?.shown() ?? [], columns, across, aspect, outlines: this.outlines, dark };
  }

  async #save(format: 'png' | 'svg'): Promise<void> {
    try {
      const blob = format === 'png' ? await this.toPNG() : await this.toSVG();
      const url = URL.createObjectURL(blob);
      const name =
        this.opened === undefined
          ? 'saliency'
          : this.items[this.opened]!.name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
      const link = element('a', { href: url, download: `${name}.${format}` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      this.#drawn?.say(`Saved as ${format.toUpperCase()}.`);
    } catch (error) {
      this.#drawn?.say(`Not saved: ${(error as Error).message}.`);
    }
  }

  #start(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];

    const painter = createPainter(this.getAttribute('worker-url') ?? undefined);
    const card = createCard();
    const live = element('p', { class: 'said', role: 'status' });
    const say = announcer(live);
    const change = this.#change.bind(this);
    const setView = (view: View) => {
      change('view', view);
      say(`Zoom ${Math.round(this.view.scale * 100)} percent`);
    };
    const open = (index: number | undefined) => {
      const from = this.opened;
      change('opened', index);
      const { opened, items } = this;
      say(
        opened === undefined
          ? `All ${items.length} images`
          : `${items[opened]!.name}, ${opened + 1} of ${items.length}`,
      );
      stage.focus();
      if (opened === undefined && from !== undefined) stage.reveal(from);
    };
    const stage = createStage(painter, card, sheet, {
      setView,
      open,
      select: (index, method, region) => {
        const detail: SelectDetail = { item: this.items[index]!, index, method, region };
        this.dispatchEvent(new CustomEvent('select', { detail, bubbles: true, composed: true }));
      },
      rooms: () => {
        const above = toolbar.node.offsetHeight + (heading.hidden ? 0 : heading.offsetHeight);
        const height = window.innerHeight - above - MARGINS;
        const beside = panel.node.firstElementChild?.clientWidth ?? 0;
        return [0, ...(beside > 0 ? [beside + PANEL_GAP] : [])].map((taken) => ({
          width: Math.max(body.clientWidth && 1, body.clientWidth - taken),
          height,
        }));
      },
      point: (index, region) => panel.highlight(index === this.opened ? region : undefined),
    });
    const panel = createPanel((region) => stage.highlight(this.opened ?? -1, region));
    const toolbar = createToolbar({
      set: (name, value) => {
        change(name as ChangeDetail['name'], value as never);
        if (name === 'methods') say(`Shown: ${this.methods.join(', ')}`);
      },
      zoom: (factor) => setView(factor === 0 ? wholeImage : zoomed(this.view, factor, { x: 0.5, y: 0.5 })),
      save: (format) => void this.#save(format),
    });

    const all = element('button', { type: 'button', class: 'all' }, icon('back'), element('span', {}));
    all.addEventListener('click', () => open(undefined));
    const title = element('span', { class: 'title' });
    const place = element('span', { class: 'soft number' });
    const turn = (by: number) => open((this.opened! + by + this.items.length) % this.items.length);
    const turns = element(
      'div',
      { class: 'joined', role: 'group', 'aria-label': 'Image' },
      button('Previous image', icon('back'), () => turn(-1)),
      button('Next image', icon('forth'), () => turn(1)),
    );
    const heading = element('div', { class: 'heading' }, all, title, place, turns);
    const empty = element('p', { class: 'empty' }, 'No images to show yet.');
    const body = element('div', { class: 'body' }, stage.node, panel.node);
    const viewer = element('div', { class: 'viewer' }, toolbar.node, heading, body, empty, card.node, live);
    root.replaceChildren(viewer);

    let before: ViewerState | undefined;
    const draw = () => {
      const state = this.#state;
      if (state === before) return;
      const { items, opened, methods } = state;
      const structure = before?.items !== items || before.opened !== opened || before.methods !== methods;
      if (structure) facts = factsOf(state);
      if (
        before?.threshold !== state.threshold ||
        before.opacity !== state.opacity ||
        before.colours !== state.colours ||
        before.diverging !== state.diverging
      ) {
        painter.set({
          threshold: state.threshold,
          opacity: state.opacity,
          sequential: colourTable(state.colours),
          diverging: colourTable(state.diverging),
        });
      }
      toolbar.update(state, facts);
      if (structure) {
        empty.hidden = items.length > 0;
        body.hidden = items.length === 0;
        toolbar.node.hidden = items.length === 0;
        const item = opened === undefined ? undefined : items[opened];
        heading.hidden = items.length < 2 || !item;
        if (item) {
          all.lastChild!.textContent = `All ${items.length} images`;
          title.textContent = item.name;
          title.title = item.name;
          place.textContent = `${opened! + 1} of ${items.length}`;
        }
        body.classList.toggle('with-panel', panel.update(item, methods));
        card.hide();
      }
      stage.update(state);
      before = state;
    };
    let facts = factsOf(this.#state);
    draw();
    const resized = new ResizeObserver(() => {
      stage.layout();
      panel.layout();
    });
    resized.observe(body);
    resized.observe(toolbar.node);
    resized.observe(panel.node);
    const relayout = () => stage.layout();
    window.addEventListener('resize', relayout);
    const stop = () => {
      resized.disconnect();
      window.removeEventListener('resize', relayout);
      stage.dispose();
      painter.dispose();
    };
    this.#drawn = { painter, stage, draw, say, stop };
  }
}

/** Types of the element's events, as the DOM declares its own. */
export interface SaliencyViewer {
  addEventListener<K extends keyof SaliencyViewerEvents>(
    type: K,
    listener: (this: SaliencyViewer, event: SaliencyViewerEvents[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** What the toolbar has to offer a choice of. */
function factsOf({ items, methods: shown }: ViewerState) {
  const maps = items.flatMap((item) => shown.flatMap((method) => item.maps[method] ?? []));
  return {
    methods: methodsOf(items),
    signed: maps.some((map) => map.signed),
    unsigned: maps.some((map) => !map.signed),
  };
}

/** Tells screen readers, once things stand still. */
function announcer(live: HTMLElement) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (text: string) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      live.textContent = text;
    }, 300);
  };
}

/** In 0..most; the usual value where it is no number. */
const bounded = (value: number, most: number, usual: number) =>
  Number.isFinite(value) ? Math.min(Math.max(value, 0), most) : usual;
