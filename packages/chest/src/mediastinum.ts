/**
 * What lies between the lungs.
 *
 * In each row it reaches from the right lung's inner edge to the left lung's. Apices and the recesses beside the diaphragm
 * bend away from it: there the edge is taken no further out than the quarter of rows where the lung lies furthest out, nor
 * than half the mediastinum's width beyond the median row's edge, and below the last row in which one lung still reaches in as
 * far as that, the abdomen begins.
 */

/** Marks the mediastinum (3) in labels of lungs (1 right, 2 left; the right lung is on the image's left). */
export function markMediastinum(labels: Uint8Array, height: number, width: number): void {
  const rows = Array.from({ length: height }, (_, y) => {
    const row = labels.subarray(y * width, (y + 1) * width);
    return { right: row.lastIndexOf(1), left: row.indexOf(2) };
  });
  const both = rows.filter(({ right, left }) => right >= 0 && left >= 0);
  if (both.length === 0) return;
  const rightEdges = both.map((row) => row.right).sort((a, b) => a - b);
  const leftEdges = both.map((row) => row.left).sort((a, b) => b - a);
  const [quarter, middle] = [Math.floor(both.length / 4), Math.floor(both.length / 2)];
  const beyond = (leftEdges[middle]! - rightEdges[middle]!) / 2;
  const right = Math.max(rightEdges[quarter]!, Math.round(rightEdges[middle]! - beyond));
  const left = Math.min(leftEdges[quarter]!, Math.round(leftEdges[middle]! + beyond));
  const reaches = (row: (typeof rows)[number]) => row.right >= right || (row.left >= 0 && row.left <= left);
  const last = rows.findLastIndex(reaches);
  for (let y = rows.indexOf(both[0]!); y <= last; y++) {
    const from = Math.max(rows[y]!.right, right);
    const to = rows[y]!.left < 0 ? left : Math.min(rows[y]!.left, left);
    const row = labels.subarray(y * width, (y + 1) * width);
    for (let x = from + 1; x < to; x++) if (row[x] === 0) row[x] = 3;
  }
}
