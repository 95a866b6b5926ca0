import { expect, it } from 'vitest';
import { blackAtEdge, shapeOf } from '../src/shape';

const side = 100;
const none = new Uint8Array(side * side);

/** An ellipse with the given half axes around a place, leaning by degrees to the right. */
function ellipse(x: number, y: number, across: number, down: number, degrees = 0, proportions = 1) {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return Uint8Array.from({ length: side * side }, (_, at) => {
    const [u, v] = [(at % side) - x, (Math.floor(at / side) - y) * proportions];
    return Number(((c * u + s * v) / across) ** 2 + ((c * v - s * u) / down) ** 2 <= 1);
  });
}

it('a shape inside the frame lies on no edge, and its box is around it', () => {
  const shape = shapeOf(ellipse(30, 50, 12, 32), side, 1, none);
  expect(shape).toMatchObject({ onUpper: 0, onLower: 0, onSide: 0, cut: 0, hidden: 0 });
  expect([shape.start, shape.end, shape.top, shape.bottom]).toEqual([0.18, 0.43, 0.18, 0.83]);
  expect(shape.area).toBeCloseTo((Math.PI * 12 * 32) / side ** 2, 2);
});

it('a box cut in half lies on the edge with all of its width, or of its height', () => {
  const box = (left: number, right: number, top: number, bottom: number) =>
    Uint8Array.from({ length: side * side }, (_, at) => {
      const [x, y] = [at % side, Math.floor(at / side)];
      return Number(x >= left && x < right && y >= top && y < bottom);
    });
  expect(shapeOf(box(20, 40, 0, 50), side, 1, none)).toMatchObject({ onUpper: 1, onLower: 0, onSide: 0 });
  expect(shapeOf(box(20, 40, 50, 100), side, 1, none)).toMatchObject({ onUpper: 0, onLower: 1, onSide: 0 });
  expect(shapeOf(box(0, 40, 20, 60), side, 1, none)).toMatchObject({ onUpper: 0, onLower: 0, onSide: 1 });
  expect(shapeOf(box(60, 100, 20, 60), side, 1, none)).toMatchObject({ onUpper: 0, onLower: 0, onSide: 1 });
});

it.each([-40, -10, 0, 25])('an ellipse that leans by %d degrees does so, squashed or not', (degrees) => {
  expect(shapeOf(ellipse(50, 50, 10, 30, degrees), side, 1, none).lean).toBeCloseTo(degrees, 0);
  // A film three fifths as high as wide, squashed to the frame.
  expect(shapeOf(ellipse(50, 50, 8, 24, degrees, 0.6), side, 0.6, none).lean).toBeCloseTo(degrees, 0);
});

it('black counts where it reaches the edge, and a mask over it is hidden', () => {
  const data = Float32Array.from({ length: side * side }, (_, at) => {
    const [x, y] = [at % side, Math.floor(at / side)];
    const dark = x > y || (x > 10 && x < 20 && y > 60 && y < 80);
    return dark ? 0.001 : 0.5;
  });
  const black = blackAtEdge(data, side);
  expect([black[5 * side + 90], black[90 * side + 5], black[70 * side + 15]]).toEqual([1, 0, 0]);
  expect(shapeOf(ellipse(75, 25, 10, 10), side, 1, black).hidden).toBe(1);
  expect(shapeOf(ellipse(50, 50, 20, 20), side, 1, black).hidden).toBeCloseTo(0.5, 1);
});
