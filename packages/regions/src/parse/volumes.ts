/** Entries that read masks of scanners' files: NIfTI. */
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
