import { chestRegions, lungZones } from '@regional-saliency/chest';
import { tensor } from '@regional-saliency/core';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import * as ort from 'onnxruntime-node';
import { phantom } from '../../../examples/demo/phantom';

const { pixels } = phantom({ seed: 1, image: 0, group: 'normal' }); // a drawn X-ray; take your own grey values
const chest = await chestRegions(tensor(pixels, [128, 128]), { backend: onnxruntimeBackend(ort) });
if (chest.found) {
  console.log(
    chest.confidence,
    chest.regions.map(({ name }) => name),
  );
  console.log(lungZones(chest.labels).map(({ name }) => name));
} else {
  console.log(`no lung fields: ${chest.reason}`);
}
