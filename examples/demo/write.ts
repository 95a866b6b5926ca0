import { writePhantomStudy } from './write-study';

const study = await writePhantomStudy('phantoms', {
  seed: 2026,
  perGroup: 24,
  marker: 'honest',
  lung: 'right-lung',
});
console.log(study.images.normal, study.images.pneumonia, study.labelMaps.pneumonia, study.regions);
