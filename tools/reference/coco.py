"""Golden masks for @regional-saliency/regions: writes packages/regions/test/golden/coco.json.

Run from the repository root: python tools/reference/coco.py

Random masks of many sizes (full, empty, one pixel, noise, blobs), as pycocotools writes them in compressed text, as plain
counts and as pairs of start and length along rows and columns; and polygons with the mask that pycocotools draws.
"""

import json
from pathlib import Path

import numpy as np
from pycocotools import mask as coco

OUT = Path(__file__).parents[2] / "packages" / "regions" / "test" / "golden" / "coco.json"


def rows(mask):
    return ["".join(map(str, row)) for row in mask.tolist()]


def counts(mask):
    """Run lengths of alternating value down the columns, the first of them zeros."""
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return [0, *runs] if flat[0] else runs


def pairs(mask, order):
    """Start (the first pixel is 1) and length of each run of ones."""
    flat = np.concatenate([[0], mask.ravel(order=order), [0]]).astype(np.int8)
    steps = np.diff(flat)
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return [int(value) for start, end in zip(starts, ends) for value in (start + 1, end - start)]


def masks(generator):
    yield np.zeros((4, 6), np.uint8)
    yield np.ones((5, 3), np.uint8)
    yield np.ones((1, 1), np.uint8)
    for height, width in [(7, 5), (5, 11), (1, 9), (13, 1), (23, 31)]:
        yield (generator.random((height, width)) < 0.4).astype(np.uint8)
    for height, width in [(64, 48), (40, 300)]:  # runs of more than one group of bits, growing and shrinking
        y, x = np.mgrid[:height, :width]
        yield ((y - height / 2) ** 2 * (width / height) ** 2 + (x - width / 2) ** 2 < (width / 3) ** 2).astype(np.uint8)
    tall = np.zeros((2000, 3), np.uint8)
    tall[3:1900, 1] = 1
    yield tall


def polygons(generator):
    for case in range(24):
        height, width = (int(value) for value in generator.integers(6, 40, 2))
        corners = int(generator.integers(3, 9))
        angles = np.sort(generator.random(corners)) * 2 * np.pi
        radii = generator.uniform(0.3, 0.49, corners)
        points = np.stack([width * (0.5 + radii * np.cos(angles)), height * (0.5 + radii * np.sin(angles))], -1)
        points = (points.round() if case % 2 else points.round(2)).ravel().tolist()
        drawn = coco.decode(coco.merge(coco.frPyObjects([points], height, width)))
        yield {"height": height, "width": width, "points": points, "rows": rows(drawn)}


def main():
    generator = np.random.default_rng(20240607)
    cases = []
    for mask in masks(generator):
        text = coco.encode(np.asfortranarray(mask))["counts"].decode()
        assert (coco.decode({"size": mask.shape, "counts": text.encode()}) == mask).all()
        uncompressed = counts(mask)
        assert (coco.decode(coco.frPyObjects({"size": list(mask.shape), "counts": uncompressed}, *mask.shape)) == mask).all()
        cases.append(
            {
                "height": mask.shape[0],
                "width": mask.shape[1],
                "compressed": text,
                "counts": uncompressed,
                "rowPairs": pairs(mask, "C"),
                "columnPairs": pairs(mask, "F"),
                "sum": int(mask.sum()),
                "rows": rows(mask) if mask.size < 4000 else None,
            }
        )
    OUT.write_text(json.dumps({"masks": cases, "polygons": list(polygons(generator))}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
