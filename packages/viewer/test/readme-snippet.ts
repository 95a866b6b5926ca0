import { defineSaliencyViewer, type Item } from '@regional-saliency/viewer';

// One image of 64 × 64 pixels and two maps of it; a URL, a Blob or an ImageBitmap will do as image, too.
const size = 64;
const image = new ImageData(size, size);
image.data.fill(128);
const coarse = Float32Array.from({ length: 7 * 7 }, (_, i) => Math.exp(-(((i % 7) - 2) ** 2) / 4));
const signed = Float32Array.from({ length: size * size }, (_, i) => Math.sin(i / 99) ** 3);

const items: Item[] = [
  {
    name: 'chest-0001',
    detail: 'predicted pneumonia, 85 %',
    image,
    maps: {
      'Grad-CAM': { data: coarse, width: 7, height: 7 },
      'Input × gradient': { data: signed, width: size, height: size, signed: true },
    },
    regions: [
      {
        name: 'right lung',
        outline: [
          [0.1, 0.1],
          [0.45, 0.1],
          [0.45, 0.9],
          [0.1, 0.9],
        ],
        score: { 'Grad-CAM': 0.61, 'Input × gradient': -0.02 },
      },
    ],
  },
];

defineSaliencyViewer();
const viewer = document.createElement('saliency-viewer');
viewer.items = items;
viewer.methods = ['Grad-CAM', 'Input × gradient'];
viewer.addEventListener('select', ({ detail: { item, method, region } }) => {
  console.log(item.name, method, region?.name);
});
document.body.append(viewer);
