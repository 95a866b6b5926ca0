"""Truths for an ONNX file that a package carries: PyTorch's float64 autograd through onnx2torch, which gives the file's operators
as PyTorch modules, an implementation that shares nothing with ours.

    onnx_truths.py FOLDER SPEC      FOLDER/model.onnx lies there; SPEC is JSON: from, shape, range, output (name, optional), axis

Images are smooth patterns with some noise, over the range that the model takes for black and white.
"""

import copy
import json
import pathlib
import sys
import warnings

import numpy as np
import onnx
import torch
from torch import nn

from case_file import write
from truth import objective_of, write_truth


def pattern(shape, low, high):
    """Channels first or last are all the same to noise: the last two axes of more than 4 are enlarged."""
    draw = torch.Generator().manual_seed(2)
    axes = (2, 3) if shape[1] <= 4 else (1, 2)
    coarse = [shape[0], *(shape[axis] for axis in range(1, 4) if axis not in axes), 8, 8]
    size = [shape[axis] for axis in axes]
    smooth = nn.functional.interpolate(torch.rand(coarse, generator=draw), size, mode="bicubic")
    images = (smooth + 0.1 * torch.randn(smooth.shape, generator=draw)).clamp(0, 1) * (high - low) + low
    return images if axes == (2, 3) else images.permute(0, 2, 3, 1).contiguous()


def prepared(file, shape):
    """What onnx2torch wants: constants as initializers and padding in numbers. What the file computes stays the same."""
    file = copy.deepcopy(file)
    graph = file.graph
    for node in [node for node in graph.node if node.op_type == "Constant"]:
        values = [attribute.t for attribute in node.attribute if attribute.name == "value"]
        if values:
            graph.initializer.add().CopyFrom(values[0])
            graph.initializer[-1].name = node.output[0]
            graph.node.remove(node)
    known = {each.name for each in graph.initializer}
    (image,) = [value for value in graph.input if value.name not in known]
    for dimension, size in zip(image.type.tensor_type.shape.dim, [1, *shape[1:]]):
        dimension.dim_value = size
    inferred = onnx.shape_inference.infer_shapes(file, data_prop=True).graph
    sizes = {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in [*inferred.value_info, *inferred.input]
    }
    weights = {each.name: list(each.dims) for each in graph.initializer}
    for node in graph.node:
        given = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        if given.get("auto_pad", b"NOTSET") in (b"SAME_UPPER", b"SAME_LOWER"):
            pads = same(sizes[node.input[0]][2:], given.get("kernel_shape") or weights[node.input[1]][2:], given)
            for attribute in [each for each in node.attribute if each.name in ("auto_pad", "pads")]:
                node.attribute.remove(attribute)
            node.attribute.append(onnx.helper.make_attribute("pads", pads))
    return file


def same(sizes, kernel, given):
    """The padding that keeps one output for each stride."""
    ones = [1] * len(sizes)
    strides, dilations = given.get("strides") or ones, given.get("dilations") or ones
    totals = [
        max((-(-size // stride) - 1) * stride + (width - 1) * dilation + 1 - size, 0)
        for size, width, stride, dilation in zip(sizes, kernel, strides, dilations)
    ]
    less, more = [total // 2 for total in totals], [total - total // 2 for total in totals]
    return less + more if given["auto_pad"] == b"SAME_UPPER" else more + less


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

        model = OneByOne(convert(prepared(file, spec["shape"])), output).eval()
        write_truth(folder, model, images, about, spec.get("axis"), spec.get("index"))
    except Exception as error:  # what it can't read is said in the table
        print(f"  onnx2torch: {error}", file=sys.stderr)
        reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:150]
        write_without_gradient(folder, file, images, about | {"noGradient": f"onnx2torch can't do the file ({reason})"}, output, spec)


def write_without_gradient(folder, file, images, about, output, spec):
    import onnxruntime

    session = onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    found = np.concatenate([session.run(None, {name: image[None]})[output] for image in images.numpy()])
    write(folder, about, images.numpy(), objective_of(torch.tensor(found), spec.get("axis")), found, np.zeros(1))


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    run(pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]))
