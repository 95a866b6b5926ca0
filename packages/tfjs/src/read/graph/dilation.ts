/**
 * Dilated convolutions as TensorFlow writes them: the image is taken apart into phases (SpaceToBatchND), which are convolved
 * and put together again (BatchToSpaceND). Yu and Koltun 2016, arXiv 1511.07122; Chen et al. 2017, arXiv 1706.05587.
 *
 * Phases are written out, so that any operator may follow. Beside them it is known which image they are of; what convolves
 * each phase, or changes its elements one by one, is also done on that image, with the convolution dilated. When the phases
 * are put together it is that image which is taken, and nobody reads the phases.
 */
import {
  type Dim,
  fixedSize,
  productOf,
  quotientOf,
  SaliencyError,
  type Value,
} from '@regional-saliency/core';
import { type Call, type Form, fixedNumbersOf, input } from './call';
import { isPerChannel, pointwise } from './elementwise';

/** The image (channels last) that phases are of. */
interface Phases {
  readonly image: Value;
  readonly block: readonly number[];
}

export interface Dilations {
  /** The outputs of a node, told what its inputs are. */
  outputs(form: Form, call: Call): readonly Value[];
  /** The image that phases are of, else the value itself. */
  imageOf(value: Value): Value;
}

const convolutions = new Set([
  'Conv2D',
  '_FusedConv2D',
  'DepthwiseConv2d',
  'DepthwiseConv2dNative',
  'FusedDepthwiseConv2dNative',
]);

export function dilations(): Dilations {
  const phases = new Map<Value, Phases>();

  function remember(value: Value | undefined, image: Value | undefined, block: readonly number[]): void {
    if (value && image) phases.set(value, { image, block });
  }

  return {
    imageOf: (value) => phases.get(value)?.image ?? value,
    outputs(form, call) {
      const [x] = call.inputs;
      const known = x && phases.get(x);
      if (call.op === 'BatchToSpaceND' && known) {
        const block = fixedNumbersOf(call, 1, 'its block');
        if (block.every((size, axis) => size === known.block[axis]) && block.length === known.block.length)
          return [cropped(call, known.image, fixedNumbersOf(call, 2, 'its crops'))];
      }
      const outputs = form(call);
      if (call.op === 'SpaceToBatchND' && x!.shape.length === 4) {
        const block = fixedNumbersOf(call, 1, 'its block');
        if (block.length === 2) remember(outputs[0], padded(call), block);
      } else if (known && convolutions.has(call.op)) {
        const wider = dilated(call, known);
        remember(outputs[0], wider && form(wider)[0], known.block);
      } else if (pointwise.has(call.op)) {
        const some = call.inputs.map((value) => phases.get(value)).find((each) => each !== undefined);
        const whole = some && onImages(call, some.block, phases);
        remember(outputs[0], whole && form(whole)[0], some?.block ?? []);
      }
      return outputs;
    },
  };
}

/** The image with its border, of which phases are taken. */
function padded(call: Call): Value {
  const [top, bottom, left, right] = fixedNumbersOf(call, 2, 'its padding');
  const pads = [0, top!, left!, 0, 0, bottom!, right!, 0];
  if (pads.every((pad) => pad === 0)) return input(call, 0);
  return call.m.op('Pad', [input(call, 0)], { pads, mode: 'constant', value: 0 });
}

/** The same convolution on the image; undefined where it does not keep phases apart. */
function dilated(call: Call, { image, block }: Phases): Call | undefined {
  const { attributes } = call;
  const own = attributes.numbers('dilations', [1, 1, 1, 1]);
  const kernel = input(call, 1).shape;
  const padding = attributes.text('padding');
  const isCentred = kernel.slice(0, 2).every((size) => typeof size === 'number' && size % 2 === 1);
  if (attributes.text('data_format', 'NHWC') !== 'NHWC') return undefined;
  if (attributes.numbers('strides').some((stride) => stride !== 1)) return undefined;
  if (!(padding === 'VALID' || (padding === 'SAME' && isCentred))) return undefined;
  const wider = [1, own[1]! * block[0]!, own[2]! * block[1]!, 1];
  const numbers: typeof attributes.numbers = (key, fallback) =>
    key === 'dilations' ? wider : attributes.numbers(key, fallback);
  const inputs = [image, ...call.inputs.slice(1)];
  const border = padding === 'VALID' ? borderOf(call, image) : undefined;
  if (!border) return { ...call, inputs, attributes: { ...attributes, numbers } };
  return {
    ...call,
    inputs: [border.image, ...call.inputs.slice(1)],
    attributes: {
      ...attributes,
      text: (key, fallback) => (key === 'padding' ? 'EXPLICIT' : attributes.text(key, fallback)),
      numbers: (key, fallback) => (key === 'explicit_paddings' ? border.pads : numbers(key, fallback)),
    },
  };
}

/** An image without the zeros around it, and how many there were, as `explicit_paddings` say it. */
function borderOf({ m }: Call, image: Value): { image: Value; pads: readonly number[] } | undefined {
  const { node } = m.named(image);
  if (node?.op !== 'Pad' || node.attributes.mode !== 'constant' || node.attributes.value !== 0)
    return undefined;
  const [, , top, left, , , bottom, right] = node.attributes.pads as number[];
  return { image: m.last(node.inputs[0]!), pads: [0, 0, top!, bottom!, left!, right!, 0, 0] };
}

/** The same elementwise operator on images: of phases alike, and what is the same for all places. */
function onImages(
  call: Call,
  block: readonly number[],
  phases: ReadonlyMap<Value, Phases>,
): Call | undefined {
  const inputs: Value[] = [];
  for (const value of call.inputs) {
    const known = phases.get(value);
    if (known?.block.every((size, axis) => size === block[axis])) inputs.push(known.image);
    else if (!known && isPerChannel(value)) inputs.push(value);
    else return undefined;
  }
  return { ...call, inputs };
}

/** Operators that change elements one by one, and so may be done on what is left. */
const unary = new Set(['Relu', 'Clip', 'LeakyRelu', 'Elu', 'Sigmoid', 'Tanh', 'HardSwish']);

/** An image without some rows and columns at its border; a convolution need not compute them. */
function cropped(call: Call, image: Value, crops: readonly number[]): Value {
  const { g, m } = call;
  const [top, bottom, left, right] = crops;
  const cuts = [top!, left!, bottom!, right!];
  if (cuts.every((cut) => cut === 0)) return image;
  const lessOf = (y: Value): Value | undefined => {
    const { node } = y;
    if (node && unary.has(node.op)) {
      const inner = lessOf(node.inputs[0]!);
      return inner && g.op(node.op, [inner], node.attributes, { name: node.name, scopes: node.scopes });
    }
    if (node?.op !== 'Conv') return undefined;
    const pads = (node.attributes.pads as number[]).map((pad, at) => pad - cuts[at]!);
    if (pads.some((pad) => pad < 0)) return undefined;
    return g.op('Conv', node.inputs, { ...node.attributes, pads }, { name: node.name, scopes: node.scopes });
  };
  const less = lessOf(m.named(image));
  if (less) {
    const result = m.last(less);
    call.moved(image, result);
    return result;
  }
  const [, height, width] = image.shape.map((dim, axis) => (axis === 0 ? 0 : fixedSize(dim, 'a size')));
  const ends = [height! - bottom!, width! - right!];
  return m.op('Slice', [image], { starts: [top!, left!], ends, axes: [1, 2] }, call.names);
}

/** The sizes of blocks, of which there is one for each axis behind the batch, and two numbers for each. */
function blocksOf(call: Call, what: string) {
  const block = fixedNumbersOf(call, 1, 'its block');
  const border = fixedNumbersOf(call, 2, what);
  const rank = input(call, 0).shape.length;
  if (border.length !== 2 * block.length || block.length >= rank || block.some((size) => !(size >= 1))) {
    throw new SaliencyError('bad-file', `its block and ${what} do not fit an input of ${rank} axes`);
  }
  const before = border.filter((_, at) => at % 2 === 0);
  const after = border.filter((_, at) => at % 2 === 1);
  return { block, before, after };
}

const spaceToBatch: Form = (call) => {
  const { g, m, names } = call;
  const { block, before, after } = blocksOf(call, 'its padding');
  const x = input(call, 0);
  const rest = x.shape.slice(1 + block.length);
  const zeros = rest.map(() => 0);
  const pads = [0, ...before, ...zeros, 0, ...after, ...zeros];
  const isPadded = pads.some((pad) => pad !== 0);
  const full = isPadded ? m.op('Pad', [x], { pads, mode: 'constant', value: 0 }) : x;
  const counts = block.map((size, axis) => fixedSize(full.shape[axis + 1]!, 'a size') / size);
  if (!counts.every(Number.isInteger)) {
    throw new SaliencyError('bad-file', `its block [${block}] does not divide the padded image`);
  }
  const batch = full.shape[0]!;
  const apart = g.reshape(full, [batch, ...block.flatMap((size, axis) => [counts[axis]!, size]), ...rest]);
  const phaseAxes = block.map((_, axis) => 2 * axis + 2);
  const placeAxes = block.map((_, axis) => 2 * axis + 1);
  const restAxes = rest.map((_, axis) => 2 * block.length + 1 + axis);
  const turned = g.transpose(apart, [...phaseAxes, 0, ...placeAxes, ...restAxes]);
  return [m.op('Reshape', [turned], { shape: [productOf([...block, batch]), ...counts, ...rest] }, names)];
};

const batchToSpace: Form = (call) => {
  const { g, m, names } = call;
  const { block, before, after } = blocksOf(call, 'its crops');
  const x = input(call, 0);
  const places = x.shape.slice(1, 1 + block.length).map((dim) => fixedSize(dim, 'a size'));
  const rest = x.shape.slice(1 + block.length);
  const batch: Dim | undefined = quotientOf(x.shape[0]!, productOf(block));
  if (batch === undefined)
    throw new SaliencyError('bad-file', `its block [${block}] does not divide the batch`);
  const apart = g.reshape(x, [...block, batch, ...places, ...rest]);
  const count = block.length;
  const axes = block.flatMap((_, axis) => [count + 1 + axis, axis]);
  const turned = g.transpose(apart, [count, ...axes, ...rest.map((_, axis) => 2 * count + 1 + axis)]);
  const sizes = places.map((size, axis) => size * block[axis]!);
  const whole = m.op('Reshape', [turned], { shape: [batch, ...sizes, ...rest] }, names);
  if ([...before, ...after].every((crop) => crop === 0)) return [whole];
  const ends = sizes.map((size, axis) => size - after[axis]!);
  return [m.op('Slice', [whole], { starts: before, ends, axes: block.map((_, axis) => axis + 1) }, names)];
};

export const blocks: Readonly<Record<string, Form>> = {
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
};
