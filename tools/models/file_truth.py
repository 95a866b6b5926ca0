"""The gradient of the file itself, beside that of the network that it was exported from: an exporter that folds a norm rounds the
weights anew, and what is then computed differs by a gate that stood within that rounding.

    file_truth.py FOLDER      FOLDER has a case; the gradient goes to FOLDER/gradient-file.f64
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import onnx
import torch
from onnx import version_converter
from onnx2torch import convert

from onnx_truths import OneByOne, prepared
from truth import explained


def run(folder):
    about = json.loads((folder / "case.json").read_text())
    images = torch.from_numpy(np.fromfile(folder / "images.f32", dtype=np.float32)).reshape(about["shape"])
    # onnx2torch reads nothing newer; what the file computes stays the same.
    file = version_converter.convert_version(onnx.load(folder / "model.onnx"), 16)
    model = OneByOne(convert(prepared(file, about["shape"])), 0).eval().double()
    objective = about["objective"]
    parts = []
    for at, image in enumerate(images):
        own = objective | ({"targets": [objective["targets"][at]]} if objective["kind"] == "class" else {})
        parts.append(explained(model, image[None].double(), own)[1])
    np.concatenate(parts).astype(np.float64).tofile(folder / "gradient-file.f64")


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    run(pathlib.Path(sys.argv[1]))
