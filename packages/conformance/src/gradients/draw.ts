/** What random geometries are drawn from: shapes, broadcasts, axes, windows; and numbers away from kinks and ties. */
import { type Dim, isBatch, N, type Value } from '@regional-saliency/core';
import fc from 'fast-check';
import type { Parts } from '../case';
import type { Fill } from '../random';

/** One node on inputs of some geometry; its value is the node's first output. */
export interface Draw {
  /** The geometry in words: its numbers depend on them. */
  readonly title: string;
  readonly make: (parts: Parts) => Value;
  /** Whether central differences mean anything: there is no tie and no kink. */
  readonly smooth: boolean;
}

/** Programs of one operator, drawn at random. */
export type Draws = fc.Arbitrary<Draw>;

export function draws<Geometry>(
  geometries: fc.Arbitrary<Geometry>,
  make: (geometry: Geometry, parts: Parts) => Value,
  { smooth = () => true }: { smooth?: (geometry: Geometry) => boolean } = {},
): Draws {
  return geometries.map((geometry) => ({
    title: JSON.stringify(geometry),
    make: (parts) => make(geometry, parts),
    smooth: smooth(geometry),
  }));
}

/** 1 to 4 axes (unless said) of 1 to 4 elements; the first may be the batch. */
export function shapes(minLength = 1, maxLength = 4): fc.Arbitrary<Dim[]> {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength, maxLength });
  return fc
    .record({ sizes, open: fc.boolean() })
    .map(({ sizes: [first, ...rest], open }) => (first === undefined ? [] : [open ? N : first, ...rest]));
}

/** Shapes that broadcast against each other: axes left out at the front, and axes of 1 anywhere. */
export function broadcasts(count: number, rank = 4): fc.Arbitrary<Dim[][]> {
  const way = fc.record({
    from: fc.nat(rank),
    ones: fc.array(fc.boolean(), { minLength: rank, maxLength: rank }),
  });
  return fc
    .record({ shape: shapes(1, rank), ways: fc.array(way, { minLength: count, maxLength: count }) })
    .map(({ shape, ways }) =>
      ways.map(({ from, ones }, index) => {
        // The first keeps every axis more often than not, as a layer's input does.
        const cut = index === 0 && from < rank ? 0 : Math.min(from, shape.length);
        return shape.slice(cut).map((dim, axis) => (ones[axis] && index > 0 ? 1 : dim));
      }),
    );
}

/** A shape and one of its axes, counted from either end; not the batch unless `batch`. */
export function withAxis(
  minLength = 1,
  { batch = false } = {},
): fc.Arbitrary<{ shape: Dim[]; axis: number }> {
  return shapes(minLength)
    .filter((shape) => batch || shape.some((dim) => !isBatch(dim)))
    .chain((shape) => {
      const fixed = [...shape.keys()].filter((axis) => batch || !isBatch(shape[axis]!));
      return fc
        .record({ axis: fc.constantFrom(...fixed), fromEnd: fc.boolean() })
        .map(({ axis, fromEnd }) => ({ shape, axis: fromEnd ? axis - shape.length : axis }));
    });
}

/** One axis of a window that slides over an image. */
export interface WindowAxis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
  readonly extra: number;
}

export const windowAxes: fc.Arbitrary<WindowAxis[]> = fc.array(
  fc.record({
    size: fc.integer({ min: 1, max: 8 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    begin: fc.integer({ min: 0, max: 3 }),
    end: fc.integer({ min: 0, max: 3 }),
    extra: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
);

export const windowReach = ({ kernel, dilation }: WindowAxis) => (kernel - 1) * dilation + 1;

export const windowFits = (axes: readonly WindowAxis[]) =>
  axes.every((axis) => axis.size + axis.begin + axis.end >= windowReach(axis));

export const windowAttributes = (axes: readonly WindowAxis[]) => ({
  strides: axes.map(({ stride }) => stride),
  dilations: axes.map(({ dilation }) => dilation),
  pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
});

/** Numbers from -5 to 5, never within 1/25 of a multiple of 1/8, where the kinks are. */
export const offKinks: Fill = (random) => (Math.floor(random() * 81 - 40) + 0.37) / 8;

/** Others, which never equal those. */
export const offOthers: Fill = (random) => (Math.floor(random() * 41 - 20) + 0.71) / 8;

/** Numbers that all differ by 1/1000 at least, in no order. */
export const distinct: Fill = (_, at) => ((at * 7919 + 13) % 10007) / 1000 - 5;
