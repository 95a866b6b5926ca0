/**
 * Attention (opset 23) in products and a softmax, which methods have rules for. Vaswani et al. 2017, arXiv 1706.03762.
 */
import { type Builder, type Dim, fixedSize, SaliencyError, type Value } from '@regional-saliency/core';
import { type Form, input, make } from './call';

/** What is not looked at: nothing is left of it behind the softmax. */
const HIDDEN = -3.4028234663852886e38;

/** What is said of attention here; others (windows) change it. */
const known = new Set([
  ...['scale', 'is_causal', 'q_num_heads', 'kv_num_heads', 'softcap'],
  ...['softmax_precision', 'qk_matmul_output_mode'],
]);

/** The most pairs of tokens that a causal mask is made for. */
const MOST_PAIRS = 2 ** 24;

export const attention: Form = (call) => {
  const { g } = call;
  if (call.inputs.length > 4 || call.outputs > 1)
    throw new SaliencyError(
      'unsupported',
      'keys beside those of the image (a cache, lengths) are not supported',
    );
  for (const [name, value] of Object.entries(call.attributes)) {
    if (!known.has(name)) throw new SaliencyError('unsupported', `its ${name} (${value}) is not supported`);
  }
  const numbers = call.attributes as Record<string, number | undefined>;
  const { q_num_heads: heads, kv_num_heads: keyHeads, is_causal: causal, softcap } = numbers;
  const isFlat = input(call, 0).shape.length === 3;
  const query = inHeads(g, input(call, 0), heads);
  const own = query.shape[1]!;
  const [key, value] = [1, 2].map((at) => shared(g, inHeads(g, input(call, at), keyHeads), own)) as [
    Value,
    Value,
  ];
  const depth = fixedSize(query.shape[3]!, 'the size of a head');
  const { scale = 1 / Math.sqrt(depth) } = numbers;
  let scores = g.mul(g.matMul(query, g.swapLast(key)), g.scalar(scale));
  if (softcap) scores = g.mul(g.op('Tanh', [g.div(scores, g.scalar(softcap))]), g.scalar(softcap));
  const visible = causal ? [causalMask(g, scores)] : [];
  const mask = call.inputs[3];
  if (mask?.dtype === 'bool') visible.push(mask);
  else if (mask) scores = g.add(scores, mask);
  for (const seen of visible) scores = g.where(seen, scores, g.scalar(HIDDEN));
  let weights = g.op('Softmax', [scores], { axis: -1 });
  // A token that sees nothing gets nothing, not the mean of all.
  for (const seen of visible) weights = g.where(seen, weights, g.scalar(0));
  if (!isFlat) return make(call, 'MatMul', [weights, value]);
  const [n, , tokens, size] = g.matMul(weights, value).shape as [Dim, number, Dim, number];
  const turned = g.transpose(g.matMul(weights, value), [0, 2, 1, 3]);
  return make(call, 'Reshape', [turned], { shape: [n, tokens, (own as number) * size] });
};

/** [N, tokens, heads · size] to [N, heads, tokens, size]. */
function inHeads(g: Builder, x: Value, heads: number | undefined): Value {
  if (x.shape.length === 4) return x;
  if (!heads) throw new SaliencyError('bad-file', 'the number of heads is missing');
  const [n, tokens, width] = x.shape as [Dim, Dim, Dim];
  const size = fixedSize(width, 'the size of a token') / heads;
  return g.transpose(g.reshape(x, [n, tokens, heads, size]), [0, 2, 1, 3]);
}

/** Keys that several heads share, once for each. */
function shared(g: Builder, x: Value, heads: Dim): Value {
  const [n, own, tokens, size] = x.shape as [Dim, number, Dim, Dim];
  const times = fixedSize(heads, 'the number of heads') / own;
  if (times === 1) return x;
  const wide = g.expand(g.reshape(x, [n, own, 1, tokens, size]), [n, own, times, tokens, size]);
  return g.reshape(wide, [n, heads, tokens, size]);
}

/** Each token looks at itself and those before. */
function causalMask(g: Builder, scores: Value): Value {
  const [rows, columns] = scores.shape.slice(-2).map((dim) => fixedSize(dim, 'the number of tokens')) as [
    number,
    number,
  ];
  if (rows * columns > MOST_PAIRS)
    throw new SaliencyError('unsupported', `${rows} tokens are too many for a mask`);
  const read = () =>
    Uint8Array.from({ length: rows * columns }, (_, at) => Number(at % columns <= at / columns));
  return g.constantOf({ dtype: 'bool', shape: [rows, columns], read });
}
