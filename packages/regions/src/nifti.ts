/**
 * NIfTI-1 and NIfTI-2 files: slices of a volume, along an axis of the array or of the body
 * (Cox et al. 2004, A (sort of) new image data format standard: NIfTI-1; nifti.nimh.nih.gov).
 *
 * nifti-reader-js reads the header. It is loaded when a file is opened, so that pages that open none don't carry it.
 */
import { SaliencyError, type Tensor } from '@regional-saliency/core';
import type { NIFTI1, NIFTI2 } from 'nifti-reader-js';

/**
 * Where a slice is taken and how it lies.
 *
 * A plane of the body is seen as radiologists see it: axial and coronal with the patient's right on the left, axial with the front
 * (anterior) up, coronal and sagittal with the head up, sagittal with the front on the left. Volumes that lie obliquely
 * are seen along the nearest axes, without interpolation. Indices count from the foot, the back and the patient's left.
 *
 * A number is an axis of the array as stored, and the slice what NumPy makes of `volume[index]`, `volume[:, index]` or
 * `volume[:, :, index]`: rows along the first axis that is left, columns along the second.
 */
export interface NiftiSliceOptions {
  readonly axis?: 'axial' | 'coronal' | 'sagittal' | 0 | 1 | 2;
  /** From 0; the middle by default. */
  readonly index?: number | undefined;
  /** Which volume, from 0, of a file that holds several. */
  readonly volume?: number | undefined;
}

export interface NiftiValues extends Tensor {
  readonly data: Float64Array;
  readonly shape: readonly [height: number, width: number];
  readonly dtype: 'float64';
}

export interface NiftiSlice {
  /** Scaled as the header says; shape [height, width]. */
  readonly values: NiftiValues;
  /** Where rows and columns lead, such as "anterior to posterior" or "axis 0". */
  readonly orientation: { readonly rows: string; readonly columns: string };
}

export interface NiftiFile {
  /** Voxels along the axes of the array, and the number of volumes. */
  readonly shape: readonly [number, number, number, volumes: number];
  /** The header's display range, where it has one. */
  readonly display: readonly [low: number, high: number] | undefined;
  slice(options?: NiftiSliceOptions): NiftiSlice;
  /** The smallest and the largest finite value of a volume. */
  range(volume?: number): readonly [low: number, high: number];
}

/** Reads one number at a byte. */
type Read = (view: DataView, at: number, little: boolean) => number;

/** By the header's code for the type of a voxel: how many bytes, and how they are read. */
const types: Readonly<Record<number, readonly [bytes: number, read: Read]>> = {
  2: [1, (view, at) => view.getUint8(at)],
  4: [2, (view, at, little) => view.getInt16(at, little)],
  8: [4, (view, at, little) => view.getInt32(at, little)],
  16: [4, (view, at, little) => view.getFloat32(at, little)],
  64: [8, (view, at, little) => view.getFloat64(at, little)],
  256: [1, (view, at) => view.getInt8(at)],
  512: [2, (view, at, little) => view.getUint16(at, little)],
  768: [4, (view, at, little) => view.getUint32(at, little)],
  1024: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  1280: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};

/** Whether bytes are a NIfTI file, or one that is compressed by gzip as far as its first bytes tell. */
export function isNifti(bytes: Uint8Array): boolean {
  return isGzip(bytes) || versionOf(bytes) !== undefined;
}

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** By the magic text, after 344 bytes in version 1 and after 4 in version 2; "ni1" is a header whose data lie elsewhere. */
function versionOf(bytes: Uint8Array): 'n+1' | 'n+2' | 'ni1' | 'ni2' | undefined {
  const at = (start: number) => String.fromCharCode(...bytes.subarray(start, start + 3));
  return (
    (['n+1', 'ni1'] as const).find((magic) => at(344) === magic) ??
    (['n+2', 'ni2'] as const).find((magic) => at(4) === magic)
  );
}

/**
 * Opens a NIfTI file, which may be compressed by gzip.
 *
 * @param source what to call the file in errors
 * @throws SaliencyError `bad-file` for what is no NIfTI file, damaged or cut short; `unsupported` for complex or colour
 *   voxels and for a header that comes without its data
 */
export async function openNifti(bytes: Uint8Array, source = 'the NIfTI file'): Promise<NiftiFile> {
  const content = isGzip(bytes) ? await unzipped(bytes, source) : bytes;
  const version = versionOf(content);
  if (version === 'ni1' || version === 'ni2') {
    throw new SaliencyError(
      'unsupported',
      `${source} is a NIfTI header whose data lie in another file: save both as one .nii file`,
    );
  }
  const damaged = (problem: string, cause?: unknown) =>
    new SaliencyError('bad-file', `${source} is no NIfTI file that can be read: ${problem}`, { cause });
  const length = version === 'n+1' ? 348 : 540;
  if (!version || content.length < length)
    throw damaged(version ? 'it is cut short' : 'it lacks the mark of one');
  let header: NIFTI1 | NIFTI2;
  const { readHeader } = await import('nifti-reader-js');
  try {
    // Only the header itself: extensions are of no use here.
    header = readHeader(content.slice(0, length).buffer);
  } catch (cause) {
    throw damaged('its header is damaged', cause);
  }

  const type = types[header.datatypeCode];
  if (!type) {
    throw new SaliencyError(
      'unsupported',
      `${source} has voxels of type ${header.datatypeCode}: save them as integers or floats of up to 64 bits`,
    );
  }
  const [size, read] = type;
  const [rank = 0, ...extents] = header.dims;
  const used = extents.slice(0, rank).map(Number);
  if (!(rank >= 1 && rank <= 7) || !used.every((extent) => Number.isInteger(extent) && extent > 0)) {
    throw damaged(`it has the dimensions ${used.join(' × ') || rank}`);
  }
  const [nx = 1, ny = 1, nz = 1, ...rest] = used;
  const volumes = rest.reduce((product, extent) => product * extent, 1);
  const start = Number(header.vox_offset);
  const voxels = nx * ny * nz * volumes;
  if (!(start >= length) || content.length < start + voxels * size) {
    throw damaged(
      `it has ${content.length} bytes, and ${used.join(' × ')} voxels of ${size} bytes need ${start + voxels * size}`,
    );
  }

  const view = new DataView(content.buffer, content.byteOffset + start);
  const { scl_slope: slope, scl_inter: intercept, littleEndian } = header;
  // A slope of 0 means that values are stored as they are.
  const scaled = slope !== 0 && Number.isFinite(slope) && Number.isFinite(intercept);
  const valueAt = (voxel: number) => {
    const raw = read(view, voxel * size, littleEndian);
    return scaled ? raw * slope + intercept : raw;
  };
  const counts = [nx, ny, nz] as const;
  const strides = [1, nx, nx * ny] as const;
  const firstOf = (volume: number | undefined) => {
    if (volume === undefined && volumes > 1) {
      throw new SaliencyError('bad-input', `${source} holds ${volumes} volumes: say which, from 0`);
    }
    return within(volume ?? 0, volumes, 'volume', source) * nx * ny * nz;
  };
  const { cal_min: low, cal_max: high } = header;
  return {
    shape: [nx, ny, nz, volumes],
    display: low < high ? [low, high] : undefined,
    slice({ axis = 'axial', index, volume } = {}) {
      const first = firstOf(volume);
      const { across, rows, columns } = typeof axis === 'number' ? stored(axis) : plane(axis, header, source);
      const place = within(
        index ?? counts[across.axis]! >> 1,
        counts[across.axis]!,
        `slice along ${axis}`,
        source,
      );
      const at = ({ axis, reversed }: Way, step: number) =>
        (reversed ? counts[axis]! - 1 - step : step) * strides[axis]!;
      const [height, width] = [counts[rows.axis]!, counts[columns.axis]!];
      const base = first + at(across, place);
      const data = Float64Array.from({ length: height * width }, (_, pixel) =>
        valueAt(base + at(rows, Math.floor(pixel / width)) + at(columns, pixel % width)),
      );
      return {
        values: { data, shape: [height, width], dtype: 'float64' },
        orientation: { rows: rows.name, columns: columns.name },
      };
    },
    range(volume) {
      const first = firstOf(volume);
      let [least, most] = [Infinity, -Infinity];
      for (let voxel = first; voxel < first + nx * ny * nz; voxel++) {
        const value = valueAt(voxel);
        if (!Number.isFinite(value)) continue;
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
      return [least, most];
    },
  };
}

/**
 * The labels of a slice of a NIfTI label map, for `labelMap`.
 *
 * @param source what to call the file in errors
 * @throws SaliencyError as `openNifti` and its `slice` do; `bad-input` where a voxel is no whole number
 */
export async function labelsFromNifti(
  bytes: Uint8Array,
  options: NiftiSliceOptions = {},
  source = 'the label map',
): Promise<Tensor> {
  const { values } = (await openNifti(bytes, source)).slice(options);
  const stranger = values.data.find((value) => !Number.isInteger(value));
  if (stranger !== undefined) {
    throw new SaliencyError(
      'bad-input',
      `${source} holds ${stranger}, and a label map holds whole numbers: is it an image, or were its labels interpolated?`,
    );
  }
  return values;
}

/** A direction through the array: which axis, whether from its end, and where that leads. */
interface Way {
  readonly axis: number;
  readonly reversed: boolean;
  readonly name: string;
}

interface Plane {
  readonly across: Way;
  readonly rows: Way;
  readonly columns: Way;
}

function stored(axis: 0 | 1 | 2): Plane {
  const ways = [0, 1, 2].map((each) => ({ axis: each, reversed: false, name: `axis ${each}` }));
  const [rows, columns] = ways.filter((way) => way.axis !== axis);
  return { across: ways[axis]!, rows: rows!, columns: columns! };
}

/** Where the axes of the body lead, as NIfTI counts them: to the right, to the front, up. */
const ends = [
  ['left', 'right'],
  ['posterior', 'anterior'],
  ['inferior', 'superior'],
] as const;

/** Of each plane: the body's axis that it is across, and those that its rows and columns follow, each from its far end. */
const planes = { sagittal: [0, 2, 1], coronal: [1, 2, 0], axial: [2, 1, 0] } as const;

function plane(axis: keyof typeof planes, header: NIFTI1 | NIFTI2, source: string): Plane {
  if (!Object.hasOwn(planes, axis)) {
    throw new SaliencyError(
      'bad-input',
      `${source} has no axis "${axis}": choose axial, coronal, sagittal, or 0, 1, 2 for an axis of the array`,
    );
  }
  const ways = bodyAxes(header, source);
  const [across, rows, columns] = planes[axis];
  const along = (body: number, fromFarEnd: boolean): Way => {
    const { axis, positive } = ways[body]!;
    const [near, far] = ends[body]!;
    return {
      axis,
      reversed: positive === fromFarEnd,
      name: fromFarEnd ? `${far} to ${near}` : `${near} to ${far}`,
    };
  };
  return { across: along(across, false), rows: along(rows, true), columns: along(columns, true) };
}

/**
 * For each axis of the body the axis of the array that is nearest to it, and whether both lead the same way. Of the
 * file's two transforms the one with the higher code counts, the affine one ("sform") where they are equal.
 */
function bodyAxes(header: NIFTI1 | NIFTI2, source: string): { axis: number; positive: boolean }[] {
  const { sform_code: sform, qform_code: qform } = header;
  if (!(sform > 0 || qform > 0)) {
    throw new SaliencyError(
      'bad-input',
      `${source} does not say how it lies in the body: give axis 0, 1 or 2 of the array instead of a plane`,
    );
  }
  const affine = sform > 0 && sform >= qform ? header.affine : header.getQformMat();
  const cosines = [0, 1, 2].map((body) =>
    [0, 1, 2].map(
      (axis) => affine[body]![axis]! / Math.hypot(...[0, 1, 2].map((row) => affine[row]![axis]!)),
    ),
  );
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const fit = (order: number[]) =>
    order.reduce((sum, axis, body) => sum + Math.abs(cosines[body]![axis]!), 0);
  const best = orders.reduce((a, b) => (fit(b) > fit(a) ? b : a));
  if (!best.every((axis, body) => Math.abs(cosines[body]![axis]!) > 0)) {
    throw new SaliencyError(
      'bad-file',
      `${source} has a transform that no body could lie in: give axis 0, 1 or 2 of the array instead of a plane`,
    );
  }
  return best.map((axis, body) => ({ axis, positive: cosines[body]![axis]! > 0 }));
}

function within(index: number, count: number, what: string, source: string): number {
  if (Number.isInteger(index) && index >= 0 && index < count) return index;
  throw new SaliencyError('bad-input', `${source} has no ${what} at ${index}: choose 0 to ${count - 1}`);
}

async function unzipped(bytes: Uint8Array, source: string): Promise<Uint8Array> {
  try {
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    return new Uint8Array(
      await new Response(stream.pipeThrough(new DecompressionStream('gzip'))).arrayBuffer(),
    );
  } catch (cause) {
    throw new SaliencyError('bad-file', `${source} is a damaged gzip file, or cut short`, { cause });
  }
}
