"""Golden cases for the superpixels of @regional-saliency/regions: writes packages/regions/test/golden/superpixels.json.

Run from the repository root: python tools/reference/superpixels.py

Images and label maps of scikit-image's felzenszwalb and slic, in float64. Images named "steps" have few grey levels, so that many
differences tie, which scikit-image's felzenszwalb sorts in no stated order.
"""

import base64
import json
from pathlib import Path

import numpy as np
from skimage.segmentation import felzenszwalb, slic

OUT = Path(__file__).parents[2] / "packages" / "regions" / "test" / "golden" / "superpixels.json"


def packed(array, dtype):
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode()


def pictures(generator):
    """Discs on a slope, with noise, by name: [C, H, W] or [H, W] of float32 numbers."""
    rows, columns = np.mgrid[:28, :32]

    def picture(channels, height, width, noise):
        y, x = rows[:height, :width], columns[:height, :width]
        planes = []
        for channel in range(channels):
            plane = 0.15 + 0.3 * x / width
            for _ in range(5):
                at = generator.uniform((0, 0), (height, width))
                inside = (y - at[0]) ** 2 + (x - at[1]) ** 2 < generator.uniform(3, 9) ** 2
                plane = np.where(inside, generator.uniform(0, 1), plane)
            planes.append(plane + generator.normal(0, noise, plane.shape))
        return np.float32(planes)

    yield "grey", picture(1, 26, 32, 0.03)[0]
    yield "colour", np.clip(picture(3, 24, 28, 0.02), 0, 1)
    yield "normalised", (picture(3, 28, 21, 0.05) - np.float32(0.45)) / np.float32(0.22)
    yield "channels", picture(5, 16, 24, 0.02)
    yield "noise", np.float32(generator.uniform(0, 1, (20, 20)))
    yield "steps", np.round(np.clip(picture(1, 28, 28, 0.04)[0], 0, 1) * 15) / np.float32(15)
    yield "flat", np.where(picture(1, 20, 26, 0)[0] > 0.4, np.float32(0.75), np.float32(0.25))


def last(image):
    """Channels last, in float64."""
    return (image if image.ndim == 2 else np.moveaxis(image, 0, -1)).astype(np.float64)


FELZENSZWALB = [
    {"scale": 1, "sigma": 0.8, "minSize": 20},
    {"scale": 50, "sigma": 0.8, "minSize": 10},
    {"scale": 100, "sigma": 0.5, "minSize": 0},
    {"scale": 250, "sigma": 0, "minSize": 5},
    {"scale": 20, "sigma": 2.5, "minSize": 30},
]
SLIC = [
    {"segments": 30, "compactness": 10, "sigma": 0},
    {"segments": 12, "compactness": 0.3, "sigma": 0},
    {"segments": 25, "compactness": 0.1, "sigma": 1},
    {"segments": 7, "compactness": 30, "sigma": 0.7, "iterations": 3},
]


def felzenszwalb_cases(images):
    for name, image in images.items():
        for options in FELZENSZWALB:
            segments = felzenszwalb(
                last(image),
                scale=options["scale"],
                sigma=options["sigma"],
                min_size=options["minSize"],
                **({} if image.ndim == 2 else {"channel_axis": -1}),
            )
            yield {"image": name, "options": options, "labels": packed(segments, np.uint16)}


def slic_cases(images):
    for name, image in images.items():
        for options in SLIC:
            segments = slic(
                last(image),
                n_segments=options["segments"],
                compactness=options["compactness"],
                sigma=(options["sigma"], options["sigma"]),
                max_num_iter=options.get("iterations", 10),
                start_label=0,
                channel_axis=None if image.ndim == 2 else -1,
            )
            yield {"image": name, "options": options, "labels": packed(segments, np.uint16)}


if __name__ == "__main__":
    images = dict(pictures(np.random.default_rng(2004)))
    value = {
        "images": {
            name: {"shape": image.shape, "data": packed(image, np.float32)} for name, image in images.items()
        },
        "felzenszwalb": list(felzenszwalb_cases(images)),
        "slic": list(slic_cases(images)),
    }
    OUT.write_text(json.dumps(value, separators=(",", ":")) + "\n")
