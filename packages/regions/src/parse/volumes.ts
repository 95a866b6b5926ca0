/** Entries that read masks from the files of scanners and their programs: NIfTI, DICOM segmentations. */
import { dicomSegRegions } from '../dicom/segmentation';
import { labelMap } from '../label-map';
import { labelsFromNifti } from '../nifti';
import { bytesOf, type EntryType, perImage } from './entry';
import { choiceOf, namesOf, onlyKnown, textOf, wholeOf } from './fields';

export const niftiEntry: EntryType = (entry, { read }) => {
  onlyKnown(entry, ['type', 'file', 'labels', 'axis', 'index', 'volume', 'missing']);
  const names = namesOf(entry, 'labels');
  const missing = choiceOf(entry, 'missing', ['error', 'empty']);
  const axis = choiceOf(entry, 'axis', ['axial', 'coronal', 'sagittal', 0, 1, 2]);
  const options = { axis, index: wholeOf(entry, 'index'), volume: wholeOf(entry, 'volume') };
  return perImage(textOf(entry, 'file'), async (file) => {
    const source = `the file "${file}" of ${entry.where}`;
    const labels = await labelsFromNifti(await bytesOf(source, file, read), options, source);
    const regions = labelMap(labels, names, { missing, source });
    return () => regions;
  });
};

export const dicomSegEntry: EntryType = (entry, { read }) => {
  onlyKnown(entry, ['type', 'file', 'segments', 'slice', 'missing']);
  const names = namesOf(entry, 'segments');
  const missing = choiceOf(entry, 'missing', ['error', 'empty']);
  const { slice } = entry.values;
  const place = typeof slice === 'string' ? slice : wholeOf(entry, 'slice');
  return perImage(textOf(entry, 'file'), async (file) => {
    const source = `the file "${file}" of ${entry.where}`;
    const bytes = await bytesOf(source, file, read);
    return ({ name }) => {
      const chosen = typeof place === 'string' ? place.replaceAll('{image}', name) : place;
      return dicomSegRegions(bytes, names, { slice: chosen, missing, source });
    };
  });
};
