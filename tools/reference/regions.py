"""Golden cases for @regional-saliency/regions: writes packages/regions/test/golden/*.json and *.png.

Run from the repository root: python tools/reference/regions.py

Polygons: which pixel centres lie inside corners of float64, decided in exact rational arithmetic. The rule "left and upper
edges belong to the shape" is put as "move every centre right by a tiny d, and down by a far tinier e, then no
centre lies on an edge", and parity is counted along the column below a centre; the package instead counts along rows
and has half-open comparisons.
Resizing: torch's interpolate in float64, bilinear (align_corners=False) and nearest-exact.
PNG: label maps as Pillow writes them, in every bit depth that it can write.
"""

import json
import math
import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from PIL import Image

GOLDEN = Path(__file__).parents[2] / "packages" / "regions" / "test" / "golden"
RIGHT = Fraction(1, 2**80)
DOWN = Fraction(1, 2**400)


def centres(count, extent):
    return [Fraction((2 * pixel + 1) * extent, 2 * count) for pixel in range(count)]


def inside(points, x, y):
    x, y = x + RIGHT, y + DOWN
    crossings = 0
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
        if (ax < x) != (bx < x):
            below = ay + (x - ax) * (by - ay) / (bx - ax)
            crossings += below > y
    return crossings % 2


def rasterise(points, image, size):
    exact = [(Fraction(x), Fraction(y)) for x, y in points]
    (image_height, image_width), (height, width) = image, size
    rows = [
        [inside(exact, x, y) for x in centres(width, image_width)]
        for y in centres(height, image_height)
    ]
    return ["".join(map(str, row)) for row in rows]


def polygons(draw):
    """Random corners, in two cases of three turned around the middle so that the outline doesn't cross itself;
    many on the half-pixel lattice, where centres lie on edges and corners. Some outlines are staircases there, whose
    level edges run through the centres of whole rows."""
    for case in range(48):
        corners = draw.choice([3, 4, 5, 7, 12])
        image = (draw.randint(5, 24), draw.randint(5, 24))
        units = draw.choice(["fraction", "pixel"])
        height, width = (1, 1) if units == "fraction" else image
        if units == "pixel" and case % 2 == 0:
            points = [(draw.randint(-2, 2 * width + 2) / 2, draw.randint(-2, 2 * height + 2) / 2) for _ in range(corners)]
        else:
            points = [(draw.random() * width, draw.random() * height) for _ in range(corners)]
        if case % 3:
            middle = (width / 2, height / 2)
            points.sort(key=lambda point: math.atan2(point[1] - middle[1], point[0] - middle[0]))
        if units == "pixel" and case >= 36:
            points = [corner for (x, y), (_, below) in zip(points, points[1:] + points[:1]) for corner in ((x, y), (x, below))]
            points = [(math.floor(2 * x) / 2, math.floor(2 * y) / 2) for x, y in points]
        sizes = [image, (draw.randint(1, 30), draw.randint(1, 30))]
        yield {
            "units": units,
            "image": image,
            "points": points,
            "masks": [
                {"size": size, "rows": rasterise(points, (height, width), size)} for size in sizes
            ],
        }


def resizes(generator):
    for source, size in [((7, 7), (20, 31)), ((5, 9), (5, 4)), ((1, 3), (4, 5)), ((12, 8), (5, 3))]:
        maps = generator.standard_normal((2, *source)).round(3)
        labels = generator.integers(0, 4, source)
        yield {
            "source": source,
            "size": size,
            "maps": maps.ravel().tolist(),
            "bilinear": torch.nn.functional.interpolate(
                torch.tensor(maps)[None], size, mode="bilinear", align_corners=False
            ).ravel().tolist(),
            "labels": labels.ravel().tolist(),
            "nearest": torch.nn.functional.interpolate(
                torch.tensor(labels, dtype=torch.float64)[None, None], size, mode="nearest-exact"
            ).int().ravel().tolist(),
        }


def pngs(generator):
    """Label maps 5 high and 13 wide (no whole number of bytes a row), by file name."""
    def write(name, labels, picture, **options):
        picture.save(GOLDEN / f"{name}.png", **options)
        return name, np.asarray(labels).ravel().tolist()

    shape = (5, 13)
    two, four, sixteen = (generator.integers(0, count, shape).astype(np.uint8) for count in (2, 4, 16))
    many = generator.integers(0, 256, shape).astype(np.uint8)
    wide = generator.integers(0, 65536, shape).astype(np.uint16)

    def indexed(labels):
        picture = Image.fromarray(labels, mode="P")
        picture.putpalette([value for index in range(int(labels.max()) + 1) for value in (255 - index, index, 7)])
        return picture

    yield write("grey-1-bit", two, Image.fromarray(two * 255).convert("1"))
    yield write("grey-8-bit", many, Image.fromarray(many))
    yield write("grey-16-bit", wide, Image.fromarray(wide))
    yield write("indexed-2-bit", four, indexed(four), bits=2)
    yield write("indexed-4-bit", sixteen, indexed(sixteen), bits=4)
    yield write("indexed-8-bit", many, indexed(many))
    yield write("grey-saved-as-colour", many, Image.fromarray(many).convert("RGB"))
    yield write("grey-with-opaque-alpha", many, Image.fromarray(many).convert("LA"))


def dump(name, value):
    (GOLDEN / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(20240607)
    dump("polygons.json", list(polygons(random.Random(20240607))))
    dump("resize.json", list(resizes(generator)))
    dump("labels.json", {"height": 5, "width": 13, "files": dict(pngs(generator))})
