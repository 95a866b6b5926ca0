/**
 * `tsx tools/lungs/template.ts DATA`: the mean landmarks of the masks of DATA/kermany/train, which packages/chest/src/frame.ts
 * holds as `chestTemplate`.
 */
import { chestLandmarks } from '@regional-saliency/chest';
import { masksOf } from './masks';

const [data] = process.argv.slice(2);
if (!data) throw new Error('tsx tools/lungs/template.ts DATA, the folder with kermany/train');
const all = (await masksOf(`${data}/kermany/train`)).map(({ labels }) => chestLandmarks(labels));
const mean = all[0]!.map((_, point) =>
  [0, 1].map((axis) => all.reduce((sum, points) => sum + points[point]![axis]!, 0) / all.length),
);
for (const [x, y] of mean) console.log(`  [${x!.toFixed(4)}, ${y!.toFixed(4)}],`);
