"""case.json and the files beside it, as case.ts reads them; and how far a float32 is from its float64."""

import json

import numpy as np


def errors(found, truth):
    """The largest difference of each image over the largest value of its truth."""
    axes = tuple(range(1, truth.ndim))
    largest = np.abs(truth).max(axes)
    return (np.abs(found - truth).max(axes) / np.where(largest > 0, largest, 1)).tolist()


def write(folder, about, images, objective, output, gradient, output32=None, gradient32=None):
    images.astype(np.float32).tofile(folder / "images.f32")
    output.astype(np.float64).tofile(folder / "output.f64")
    gradient.astype(np.float64).tofile(folder / "gradient.f64")
    record = about | {
        "shape": list(images.shape),
        "outputShape": list(output.shape),
        "objective": objective,
        "float32": {"output": output32, "gradient": gradient32},
    }
    (folder / "case.json").write_text(json.dumps(record, indent=1))
