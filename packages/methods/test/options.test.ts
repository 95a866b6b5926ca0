/** Methods by id and named options, as the command line gives them. */
import { describe, expect, it } from 'vitest';
import { method, methods } from '../src/index';

describe('method(id, options)', () => {
  it('knows every method by its id, each with its reference', () => {
    expect(Object.keys(methods)).toEqual(
      expect.arrayContaining(['gradient', 'guided-backprop', 'grad-cam', 'lrp-epsilon-plus']),
    );
    for (const [id, entry] of Object.entries(methods)) {
      expect(entry.reference).toMatch(/(19|20)\d\d/);
      expect(method(id).id).toBe(id);
    }
  });

  it('puts defaults and what was given into the options of the method', () => {
    expect(method('grad-cam').options).toEqual({ relu: true, upsample: 'bilinear' });
    expect(method('grad-cam', { layer: 'layer4', relu: false }).options).toEqual({
      layer: 'layer4',
      relu: false,
      upsample: 'bilinear',
    });
    expect(method('lrp-epsilon-plus', { epsilon: 0.25 }).options).toEqual({ epsilon: 0.25, bias: true });
    expect(method('grad-cam', { relu: undefined }).options).toMatchObject({ relu: true });
  });

  it('lists the layer among the options of a method that takes one', () => {
    expect(() => method('grad-cam', { layr: 'layer4' })).toThrow(
      /did you mean "layer"\?\); it has layer, relu, upsample/,
    );
    expect(() => method('gradient', { layr: 'layer4' })).toThrow(/it has none/);
  });

  const wrong: readonly [string, Parameters<typeof method>, string, RegExp][] = [
    [
      'a name with a slip',
      ['grad-camm'],
      'unknown-name',
      /"grad-camm" \(did you mean "grad-cam"\?\); there are/,
    ],
    [
      'a name of no method',
      ['integrated-circuits'],
      'unknown-name',
      /no method is called "integrated-circuits"/,
    ],
    ['a name of every object', ['constructor'], 'unknown-name', /no method is called "constructor"/],
    [
      'an unknown option',
      ['grad-cam', { rellu: true }],
      'unknown-name',
      /no option "rellu" \(did you mean "relu"\?\)/,
    ],
    ['an option of a method without any', ['gradient', { relu: true }], 'unknown-name', /it has none/],
    [
      'an option by a name of every object',
      ['grad-cam', { toString: 1 } as never],
      'unknown-name',
      /"toString"/,
    ],
    [
      'a value that is no choice',
      ['grad-cam', { upsample: 'cubic' }],
      'bad-input',
      /one of bilinear, bicubic, nearest, none/,
    ],
    [
      'a text for true',
      ['grad-cam', { relu: 'true' }],
      'bad-input',
      /relu of grad-cam is one of true, false/,
    ],
    ['a text for a number', ['lrp-epsilon-plus', { epsilon: '1e-6' }], 'bad-input', /must be a number/],
    [
      'NaN',
      ['lrp-epsilon-plus', { epsilon: Number.NaN }],
      'bad-input',
      /epsilon of lrp-epsilon-plus must be above 0/,
    ],
    ['an epsilon of 0', ['lrp-epsilon-plus', { epsilon: 0 }], 'bad-input', /must be above 0, not 0/],
    ['an epsilon below 0', ['lrp-epsilon-plus', { epsilon: -1 }], 'bad-input', /must be above 0, not -1/],
    ['infinity', ['lrp-epsilon-plus', { epsilon: Number.POSITIVE_INFINITY }], 'bad-input', /must be above 0/],
    [
      'a layer for a method that takes none',
      ['gradient', { layer: 'layer4' }],
      'bad-input',
      /takes no layer/,
    ],
  ];
  it.each(wrong)('refuses %s', (_what, [id, options], code, message) => {
    expect(() => method(id, options)).toThrow(
      expect.objectContaining({ name: 'SaliencyError', code, message: expect.stringMatching(message) }),
    );
  });
});
