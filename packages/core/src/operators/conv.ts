/**
 * Convolution, its transpose, and `ConvGrad`: the input gradient of a convolution, an operator of our own that every
 * backend lowers to what suits it (core/lowering/conv-grad.ts has the definition in standard operators).
 */
import { intOf, intsOf } from '../attributes';
import { type Dim, fixedSize, sameShape, showShape } from '../dimension';
import { SaliencyError } from '../errors';
import type { Value } from '../graph';
import { type Operator, required } from './operator';
import { normalizeWindow, reachOf, slidSizes, spatialOf, windowOf, withSpatial } from './window';

function checkBias(bias: Value | undefined, channels: Dim): void {
  if (!bias || sameShape(bias.shape, [channels])) return;
  throw new SaliencyError(
    'bad-input',
    `a bias of ${showShape(bias.shape)} does not fit ${showShape([channels])} channels`,
  );
}

/** Inputs x [N, C, …], weights [M, C/group, …kernel], bias [M]. */
export const Conv: Operator = {
  normalize: (attributes, inputs) => {
    const weights = required(inputs, 1);
    const kernel = weights.shape.slice(2).map((dim) => fixedSize(dim, 'a kernel size'));
    return {
      ...normalizeWindow(attributes, required(inputs, 0), kernel),
      group: intOf(attributes, 'group', 1),
    };
  },
  infer: (inputs, attributes) => {
    const x = required(inputs, 0);
    const weights = required(inputs, 1);
    const channels = fixedSize(x.shape[1]!, 'the number of channels');
    const group = intOf(attributes, 'group');
    if (fixedSize(weights.shape[1]!, 'a weight size') * group !== channels) {
      throw new SaliencyError(
        'bad-input',
        `weights ${showShape(weights.shape)} in ${group} group(s) don't fit an input of ${showShape(x.shape)}`,
      );
    }
    checkBias(inputs[2], weights.shape[0]!);
    return [
      {
        dtype: x.dtype,
        shape: withSpatial(x.shape[0]!, weights.shape[0]!, slidSizes(spatialOf(x), windowOf(attributes))),
      },
    ];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const [x, weights] = node.inputs as [Value, Value];
    if (needs[1])
      throw new SaliencyError(
        'unsupported',
        'a convolution whose weights depend on the input has no gradient rule',
      );
    const bias = node.inputs[2];
    return [
      needs[0] ? g.op('ConvGrad', [r!, weights], { ...node.attributes, spatial: spatialOf(x) }) : undefined,
      undefined,
      needs[2] && bias ? g.reduceSum(r!, [0, ...spatialOf(x).map((_, axis) => axis + 2)], false) : undefined,
    ];
  },
};

/**
 * The input gradient of Conv: inputs r [N, M, …out] and the convolution's weights; attributes those of the convolution
 * and `spatial`, the spatial sizes of its input. Linear in r, so its own gradient is that convolution.
 */
export const ConvGrad: Operator = {
  infer: (inputs, attributes) => {
    const r = required(inputs, 0);
    const weights = required(inputs, 1);
    const channels: Dim = fixedSize(weights.shape[1]!, 'a weight size') * intOf(attributes, 'group');
    return [{ dtype: r.dtype, shape: withSpatial(r.shape[0]!, channels, intsOf(attributes, 'spatial')) }];
  },
  gradient: ({ g, node }, [r]) => {
    const { spatial: _, ...conv } = node.attributes;
    return [g.op('Conv', [r!, node.inputs[1]!], conv), undefined];
  },
};

/** Inputs x [N, C, …], weights [C, M/group, …kernel], bias [M]. Its input gradient is an ordinary convolution. */
export const ConvTranspose: Operator = {
  normalize: (attributes, inputs) => {
    const x = required(inputs, 0);
    const kernel = required(inputs, 1)
      .shape.slice(2)
      .map((dim) => fixedSize(dim, 'a kernel size'));
    const { auto_pad, pads: given, ...rest } = attributes;
    const plain = normalizeWindow({ ...rest, ...(given ? { pads: given } : {}) }, x, kernel);
    const { strides, dilations } = windowOf(plain);
    const extra = intsOf(
      attributes,
      'output_padding',
      kernel.map(() => 0),
    );
    const spatial = spatialOf(x);
    const full = spatial.map(
      (size, axis) => (size - 1) * strides[axis]! + reachOf(kernel[axis]!, dilations[axis]!) + extra[axis]!,
    );
    let pads = windowOf(plain).pads as number[];
    const same = typeof auto_pad === 'string' && auto_pad.startsWith('SAME');
    if (attributes.output_shape || same) {
      const wanted = attributes.output_shape
        ? intsOf(attributes, 'output_shape').slice(-kernel.length)
        : spatial.map((size, axis) => size * strides[axis]!);
      // What is wanted beyond the full size is padding of the output.
      for (const [axis, size] of full.entries()) extra[axis]! += Math.max(0, wanted[axis]! - size);
      const total = full.map((size, axis) => Math.max(0, size - wanted[axis]!));
      const less = total.map((pad) => Math.floor(pad / 2));
      const more = total.map((pad, axis) => pad - less[axis]!);
      pads = auto_pad === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less];
    }
    return { ...plain, pads, output_padding: extra, group: intOf(attributes, 'group', 1) };
  },
  infer: (inputs, attributes) => {
    const x = required(inputs, 0);
    const weights = required(inputs, 1);
    const { kernel, strides, dilations, pads } = windowOf(attributes);
    const extra = intsOf(attributes, 'output_padding');
    const spatial = spatialOf(x).map(
      (size, axis) =>
        (size - 1) * strides[axis]! +
        reachOf(kernel[axis]!, dilations[axis]!) +
        extra[axis]! -
        pads[axis]! -
        pads[axis + kernel.length]!,
    );
    const channels = fixedSize(weights.shape[1]!, 'a weight size') * intOf(attributes, 'group');
    if (!sameShape(weights.shape.slice(0, 1), x.shape.slice(1, 2))) {
      throw new SaliencyError(
        'bad-input',
        `weights ${showShape(weights.shape)} don't fit an input of ${showShape(x.shape)}`,
      );
    }
    checkBias(inputs[2], channels);
    return [{ dtype: x.dtype, shape: withSpatial(x.shape[0]!, channels, spatial) }];
  },
  gradient: ({ g, node, needs }, [r]) => {
    const { output_padding, ...conv } = node.attributes;
    const extra = output_padding as number[];
    const [x, weights] = node.inputs as [Value, Value];
    if (needs[1])
      throw new SaliencyError(
        'unsupported',
        'a convolution whose weights depend on the input has no gradient rule',
      );
    // Rows that output_padding added may reach the kernel: the window slides over all of r, and what is more than x is cut.
    const full = g.op('Conv', [r!, weights], conv);
    const size = spatialOf(x);
    const axes = size.map((_, axis) => axis + 2);
    const cut = extra.some((pad) => pad > 0)
      ? g.slice(
          full,
          size.map(() => 0),
          size,
          axes,
        )
      : full;
    return [cut, undefined, node.inputs[2] && needs[2] ? g.reduceSum(r!, [0, ...axes], false) : undefined];
  },
};
