/** Numbers as people read them: three significant digits, a real minus sign. */
export function formatScore(value: number): string {
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5)
      ? value.toExponential(2)
      : String(Number(value.toPrecision(3)));
  return text.replace('-', '−');
}

export const formatPercent = (value: number) => `${Number(value.toFixed(1))}\u202f%`;
