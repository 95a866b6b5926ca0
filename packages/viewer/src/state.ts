/** What can be set of a viewer, by properties, attributes or its controls. */
import type { DivergingColours, SequentialColours } from './colours';
import type { Item } from './data';
import { type View, wholeImage } from './view';

export interface ViewerState {
  readonly items: readonly Item[];
  /** The methods that are shown, side by side. */
  readonly methods: readonly string[];
  /** Pixels weaker than this percentile of their map (0..100; halves count) show the image alone. */
  readonly threshold: number;
  /** Of the colours over the image, 0..1. */
  readonly opacity: number;
  readonly colours: SequentialColours;
  /** Of signed maps. */
  readonly diverging: DivergingColours;
  /** Whether regions are drawn. */
  readonly outlines: boolean;
  readonly view: View;
  /** The index of the one item that is shown large, or undefined. */
  readonly opened: number | undefined;
}

export const defaults: ViewerState = {
  items: [],
  methods: [],
  threshold: 75,
  opacity: 0.6,
  colours: 'inferno',
  diverging: 'purple-orange',
  outlines: true,
  view: wholeImage,
  opened: undefined,
};
