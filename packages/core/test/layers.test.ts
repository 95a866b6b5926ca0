/** Layers by name and by pattern. */
import { describe, expect, it } from 'vitest';
import {
  Builder,
  type Graph,
  lastSpatialValue,
  layer,
  layersMatching,
  N,
  nearest,
  type Value,
} from '../src/index';

function named(): { graph: Graph; values: Record<string, Value> } {
  const g = new Builder();
  const x = g.input('x', [N, 2, 4, 4]);
  const weight = g.constant([1], [1]);
  const names = new Map<string, Value>([
    ['x', x],
    ['layer1.0.conv1.weight', weight],
  ]);
  const values: Record<string, Value> = {};
  let last = x;
  for (const name of ['layer1.0.conv1', 'layer1.0.relu', 'layer1.1.conv1', 'layer2.0.conv1', 'head.fc']) {
    last = g.op(last === x ? 'Tanh' : 'Neg', [last]);
    values[name] = last;
    names.set(name, last);
    names.set(`/${name.replaceAll('.', '/')}/Op`, last);
  }
  names.set('layer1', values['layer1.1.conv1']!);
  names.set('layer2', values['layer2.0.conv1']!);
  return { graph: g.finish({ inputs: [x], outputs: { y: last }, names }), values };
}

describe('layer', () => {
  const { graph, values } = named();

  it('finds a name, with or without slashes around it', () => {
    expect(layer(graph, 'layer1.0.conv1')).toBe(values['layer1.0.conv1']);
    expect(layer(graph, '/layer1/0/conv1/Op')).toBe(values['layer1.0.conv1']);
    expect(layer(graph, '/layer1/')).toBe(values['layer1.1.conv1']);
    expect(layer(graph, 'x').node).toBeUndefined();
  });

  it('names the nearest layers, and no weights, where nothing has the name', () => {
    expect(() => layer(graph, 'layer1.0.conv')).toThrow(/"layer1.0.conv"; the nearest are "layer1.0.conv1"/);
    expect(() => layer(graph, 'layer1.0.conv1.weights')).toThrow(
      expect.objectContaining({
        code: 'unknown-name',
        message: expect.not.stringContaining('conv1.weight"'),
      }),
    );
    expect(() => layer(graph, 'something else entirely, of some length')).toThrow(
      /called "something[^;]*graph\.names\.keys\(\)[^;]*list all/,
    );
  });

  it('refuses the name of a weight', () => {
    expect(() => layer(graph, 'layer1.0.conv1.weight')).toThrow(/is a constant of the model/);
  });
});

describe('layersMatching', () => {
  const { graph, values } = named();
  const matching = (pattern: string) => [...layersMatching(graph, pattern).keys()].sort();

  it('one star stays within a part of a name', () => {
    expect(matching('layer*')).toEqual(['layer1', 'layer2']);
    expect(matching('layer1.*.conv1')).toEqual(['layer1.0.conv1', 'layer1.1.conv1']);
    expect(matching('*.fc')).toEqual(['head.fc']);
  });

  it('two stars cross parts; a value with several names is there once, under the shortest', () => {
    expect(matching('layer**')).toEqual(['layer1', 'layer1.0.conv1', 'layer1.0.relu', 'layer2']);
    expect(layersMatching(graph, 'layer**').get('layer1')).toBe(values['layer1.1.conv1']);
    expect(matching('/**/Op')).toHaveLength(5);
  });

  it('a point is a point, and constants and inputs are no layers', () => {
    expect(() => matching('layer1x0*')).toThrow(/no layer matches "layer1x0\*"/);
    expect(() => matching('**.weight')).toThrow(/no layer matches/);
  });

  it('a pattern without a star is a name', () => {
    expect(matching('layer1.0.relu')).toEqual(['layer1.0.relu']);
    expect(() => matching('layer9')).toThrow(/no layer is called "layer9"/);
  });
});

it('the last value with places is the last of four dimensions whose two sizes are above 1', () => {
  const g = new Builder();
  const shapes = [
    [N, 2, 8, 8],
    [N, 2, 4, 4],
    [N, 2, 1, 4],
    [N, 2, 1, 1],
    [N, 2],
  ] as const;
  const values = shapes.map((shape) => g.input('x', shape));
  expect(lastSpatialValue(values)).toBe(values[1]);
  expect(lastSpatialValue(values.slice(2))).toBeUndefined();
});

it('nearest puts fewer changes first, whatever the case of letters', () => {
  expect(nearest('Layer4', ['layer1', 'layer4', 'player45', 'conv1'])).toEqual([
    'layer4',
    'layer1',
    'player45',
  ]);
  expect(nearest('abc', ['xyzuvw'])).toEqual([]);
});
