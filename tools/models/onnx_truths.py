"""Truths for an ONNX file that a package carries: PyTorch's float64 autograd through onnx2torch, which gives the file's operators
as PyTorch modules, an implementation that shares nothing with ours.

    onnx_truths.py FOLDER SPEC      FOLDER/model.onnx lies there; SPEC is JSON: from, shape, range, output (name, optional), axis

Images are smooth patterns with some noise, over the range that the model takes for black and white.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import onnx
import torch
from torch import nn

from truth import write, write_truth


def pattern(shape, low, high):
    """Channels first or last are all the same to noise: the last two axes of more than 4 are enlarged."""
    draw = torch.Generator().manual_seed(2)
    axes = (2, 3) if shape[1] <= 4 else (1, 2)
    coarse = [shape[0], *(shape[axis] for axis in range(1, 4) if axis not in axes), 8, 8]
    size = [shape[axis] for axis in axes]
    smooth = nn.functional.interpolate(torch.rand(coarse, generator=draw), size, mode="bicubic")
    images = (smooth + 0.1 * torch.randn(smooth.shape, generator=draw)).clamp(0, 1) * (high - low) + low
    return images if axes == (2, 3) else images.permute(0, 2, 3, 1).contiguous()


class OneByOne(nn.Module):
    """A file may have its batch baked in."""

    def __init__(self, model, output):
        super().__init__()
        self.model, self.output = model, output

    def forward(self, x):
        found = [self.model(image[None]) for image in x]
        return torch.cat([each[self.output] if isinstance(each, (tuple, list)) else each for each in found])


def run(folder, spec):
    images = pattern(spec["shape"], *spec["range"])
    about = {"framework": "PyTorch, by onnx2torch", "from": spec["from"]}
    file = onnx.load(folder / "model.onnx")
    outputs = [value.name for value in file.graph.output]
    output = outputs.index(spec["output"]) if "output" in spec else 0
    try:
        from onnx2torch import convert

        model = OneByOne(convert(file), output).eval()
        write_truth(folder, model, images, about, spec.get("axis"))
    except Exception as error:  # what it can't read is said in the table
        print(f"  onnx2torch: {error}", file=sys.stderr)
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:150]
        write_without_gradient(folder, file, images, about | {"noGradient": f"onnx2torch can't do the file ({reason})"}, output, spec)


def write_without_gradient(folder, file, images, about, output, spec):
    import onnxruntime

    from truth import objective_of

    session = onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    found = np.concatenate([session.run(None, {name: image[None]})[output] for image in images.numpy()])
    write(folder, about, images.numpy(), objective_of(torch.tensor(found), spec.get("axis")), found, np.zeros(1))


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    run(pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]))
