/**
 * Arrays as NumPy's `.npy` files: version 1.0, little-endian float32, C order.
 *
 * Source: NumPy Enhancement Proposal 1 (Kern 2007), "A Simple File Format for NumPy Arrays".
 */

const MAGIC = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0];

/** The bytes of a `.npy` file that `numpy.load` reads as float32 of the given shape. */
export function encodeNpy(data: Float32Array, shape: readonly number[]): Uint8Array {
  const size = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${size}), }`;
  // The header is padded so that the values begin at a multiple of 64 bytes.
  const length = Math.ceil((MAGIC.length + 2 + text.length + 1) / 64) * 64 - MAGIC.length - 2;
  const start = MAGIC.length + 2 + length;
  const bytes = new Uint8Array(start + 4 * data.length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(MAGIC.length, length, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), MAGIC.length + 2);
  for (let i = 0; i < data.length; i++) view.setFloat32(start + 4 * i, data[i]!, true);
  return bytes;
}

/** The values of a `.npy` file that `encodeNpy` wrote. */
export function decodeNpy(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = MAGIC.length + 2 + view.getUint16(MAGIC.length, true);
  return Float32Array.from({ length: (bytes.length - start) / 4 }, (_, i) =>
    view.getFloat32(start + 4 * i, true),
  );
}
