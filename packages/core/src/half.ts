/** Half-width floats to float32: IEEE 754 binary16, and bfloat16 (the upper half of a float32). */

/** Each 16-bit pattern read as binary16: a sign, five bits of exponent, ten of fraction. Exact for all of them. */
export function fromFloat16(patterns: Uint16Array): Float32Array {
  const result = new Float32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) {
    const bits = patterns[i]!;
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) result[i] = sign * fraction * 2 ** -24;
    else if (exponent === 0x1f) result[i] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else result[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return result;
}

/** Each 16-bit pattern read as bfloat16. */
export function fromBfloat16(patterns: Uint16Array): Float32Array {
  const bits = new Uint32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) bits[i] = patterns[i]! << 16;
  return new Float32Array(bits.buffer);
}
