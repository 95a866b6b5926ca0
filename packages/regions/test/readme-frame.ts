import { tensor } from '@regional-saliency/core';
import { align, meanMap, type Point, warp } from '@regional-saliency/regions';

// Both eyes and the mouth of two people, as fractions of width and height, and where a mean face has them.
const people: Point[][] = [
  [
    [0.3, 0.35],
    [0.6, 0.3],
    [0.5, 0.65],
  ],
  [
    [0.4, 0.45],
    [0.7, 0.45],
    [0.55, 0.75],
  ],
];
const template: Point[] = [
  [0.35, 0.4],
  [0.65, 0.4],
  [0.5, 0.7],
];
// A map of each, strong at the mouth: the second person's is further right and lower.
const maps = people.map((points) => {
  const [x, y] = points[2]!;
  const value = (_: unknown, at: number) =>
    Math.exp(-200 * (((at % 64) / 64 - x) ** 2 + (Math.floor(at / 64) / 64 - y) ** 2));
  return tensor(Float32Array.from({ length: 64 * 64 }, value), [1, 64, 64]);
});

const size = { height: 64, width: 64 };
const moved = maps.map((map, person) => warp(map, align(people[person]!, template, 'similarity'), size));
const together = Float32Array.from(moved.flatMap(({ data }) => [...data]));
const { mean, count } = meanMap(tensor(together, [2, 64, 64]));
const strongest = mean.data.indexOf(Math.max(...mean.data.filter((value) => !Number.isNaN(value))));
console.log(strongest % 64, Math.floor(strongest / 64)); // 32, 45: the template's mouth
console.log(count.data[0]); // how many of the two saw the upper left corner
