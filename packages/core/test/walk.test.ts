/** The reverse walk: which rules answer, what is summed, what is refused. */
import { evaluate } from '@regional-saliency/conformance';
import { describe, expect, it } from 'vitest';
import {
  Builder,
  forward,
  N,
  type Rule,
  SaliencyError,
  type Tensor,
  type Value,
  vjp,
  walk,
} from '../src/index';

const image: Tensor = { data: Float32Array.of(1, -2, 3, 4, 5, -6), shape: [2, 3], dtype: 'float32' };

/** Runs the relevance of a value for relevance 1 everywhere on another. */
function relevanceOf(
  make: (g: Builder, x: Value) => Value,
  ruleOf?: (op: string) => Rule | undefined,
  of = (x: Value, _y: Value) => x,
): number[] {
  const g = new Builder();
  const x = g.input('x', [N, 3]);
  const y = make(g, x);
  const wanted = of(x, y);
  const seeds = new Map([[y, g.expandLike(g.scalar(1), y)]]);
  const reached = walk(g, { seeds, wrt: [wanted], ruleOf: ruleOf && (({ op }) => ruleOf(op)) });
  const { r } = evaluate(g.finish({ inputs: [x], outputs: { r: reached.get(wanted)! } }), { x: image });
  // Zeros of either sign are one here.
  return Array.from(r!.data as Float64Array, (value) => value + 0);
}

describe('walk', () => {
  it('sums what arrives on several paths', () => {
    expect(relevanceOf((g, x) => g.add(g.mul(x, x), x))).toEqual([3, -3, 7, 9, 11, -11]);
  });

  it('a rule answers instead of the gradient, at the nodes that it is given for', () => {
    const tenfold: Rule = ({ g }, [r]) => [g.mul(r!, g.scalar(10))];
    const make = (g: Builder, x: Value) => g.neg(g.op('Relu', [x]));
    expect(relevanceOf(make)).toEqual([-1, 0, -1, -1, -1, 0]);
    expect(relevanceOf(make, (op) => (op === 'Relu' ? tenfold : undefined))).toEqual(new Array(6).fill(-10));
  });

  it('gives the relevance of values on the way, and of the seed itself', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3]);
    const middle = g.op('Relu', [x]);
    const y = g.neg(middle);
    const seed = g.expandLike(g.scalar(1), y);
    const reached = walk(g, { seeds: new Map([[y, seed]]), wrt: [middle, y] });
    expect(reached.get(y)).toBe(seed);
    expect(reached.get(middle)).toBeDefined();
    // Nothing in front of what is wanted is visited.
    expect(reached.has(x)).toBe(false);
  });

  it('starts from several values, one of which may be computed from another', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3]);
    const early = g.mul(x, g.scalar(3));
    const late = g.mul(early, g.scalar(5));
    const ones = g.expandLike(g.scalar(1), x);
    const reached = walk(g, {
      seeds: new Map([
        [early, ones],
        [late, ones],
      ]),
      wrt: [x],
    });
    const { r } = evaluate(g.finish({ inputs: [x], outputs: { r: reached.get(x)! } }), { x: image });
    expect(Array.from(r!.data as Float64Array)).toEqual(new Array(6).fill(3 + 15));
  });

  it('tells a rule which inputs lead anywhere, and drops what it gives for others', () => {
    const seen: (readonly boolean[])[] = [];
    const rule: Rule = ({ g, needs, node }, [r]) => {
      seen.push(needs);
      return node.inputs.map(() => g.neg(r!));
    };
    const make = (g: Builder, x: Value) => g.mul(g.expandLike(g.constant([2], [1]), x), x);
    expect(relevanceOf(make, (op) => (op === 'Mul' ? rule : undefined))).toEqual(new Array(6).fill(-1));
    expect(seen).toEqual([[false, true]]);
  });

  it('does not visit a node without a rule that leads nowhere', () => {
    const make = (g: Builder, x: Value) => {
      const ones = g.constant(new Array(4).fill(1), [1, 4, 1, 1]);
      const other = g.op('MaxPoolGrad', [ones, ones], { kernel_shape: [1, 1] });
      return g.add(x, g.reduceSum(other, [0, 1, 2, 3], false));
    };
    expect(relevanceOf(make)).toEqual(new Array(6).fill(1));
  });

  it('an operator without a rule on the way is an error that names it', () => {
    const g = new Builder();
    const x = g.input('x', [N, 4, 2, 2]);
    const y = g.op('MaxPoolGrad', [x, x], { kernel_shape: [1, 1] }, { outputs: ['inner'] });
    const run = () => walk(g, { seeds: new Map([[y, y]]), wrt: [x], method: 'lrp-flat' });
    expect(run).toThrow(SaliencyError);
    expect(run).toThrow(
      /lrp-flat can't pass MaxPoolGrad "inner": the operator MaxPoolGrad has no gradient rule/,
    );
  });

  it('what a rule refuses is an error that names node and method', () => {
    const g = new Builder();
    const x = g.input('x', [N, 3]);
    const rule: Rule = () => {
      throw new SaliencyError('unsupported', 'only on Sundays');
    };
    const y = g.op('Relu', [x], {}, { name: '/relu/Relu' });
    expect(() => walk(g, { seeds: new Map([[y, y]]), wrt: [x], ruleOf: () => rule, method: 'lrp' })).toThrow(
      `lrp can't pass Relu "/relu/Relu": only on Sundays`,
    );
  });

  it('a wanted value that is not reached is an error that names it', () => {
    const g = new Builder();
    const [x, z] = [g.input('x', [N, 3]), g.input('z', [N, 3])];
    const y = g.op('Relu', [x]);
    expect(() => walk(g, { seeds: new Map([[y, y]]), wrt: [z] })).toThrow(/no differentiable path .* to "z"/);
    const count = g.cast(g.greater(x, g.scalar(0)), 'float32');
    expect(() => walk(g, { seeds: new Map([[count, count]]), wrt: [x] })).toThrow(/to "x"/);
  });
});

describe('forward and vjp', () => {
  it('run the node’s own operator and gradient at other inputs', () => {
    const rule: Rule = (context, [r]) => {
      const { g, node } = context;
      const [x, weights] = node.inputs as [Value, Value];
      const doubled = [g.mul(x, g.scalar(2)), g.op('Relu', [weights])];
      const sum = forward(context, doubled);
      return [g.mul(g.sumTo(sum, [N, 1]), vjp(context, doubled, r!)[0]!)];
    };
    const make = (g: Builder, x: Value) => g.matMul(x, g.constant([1, -1, 2], [3, 1]));
    // The sums are 2·(1·1 + 3·2) = 14 and 2·(4 - 12) = -16; the gradient is the weights that are not negative.
    expect(relevanceOf(make, (op) => (op === 'MatMul' ? rule : undefined))).toEqual([14, 0, 28, -16, 0, -32]);
  });
});
