"""Programs in float64: `explained.onnx` with every float a double, by onnx's reference evaluator; convolutions and max pools by
PyTorch, since the evaluator's own take minutes.

Reads a line of JSON for each run: {"program", "feeds": {name: {"file", "shape"}}, "out": folder}; writes each output as doubles
to a file of the folder, and prints {"outputs": {name: file}}.
"""

import json
import sys

import numpy as np
import onnx
import torch
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from torch.nn import functional

FLOAT, DOUBLE = TensorProto.FLOAT, TensorProto.DOUBLE


def doubled(tensor):
    if tensor.data_type == FLOAT:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float64), tensor.name))


def in_doubles(graph):
    for value in (*graph.input, *graph.output, *graph.value_info):
        if value.type.tensor_type.elem_type == FLOAT:
            value.type.tensor_type.elem_type = DOUBLE
    for tensor in graph.initializer:
        doubled(tensor)
    for node in graph.node:
        if node.op_type == "Loop" and not node.input[1]:
            # Without a condition the evaluator takes no step.
            node.input[1] = f"{node.output[0]}_goes_on"
            graph.initializer.append(numpy_helper.from_array(np.array(True), node.input[1]))
        for attribute in node.attribute:
            if attribute.HasField("t"):
                doubled(attribute.t)
            if attribute.HasField("g"):
                in_doubles(attribute.g)
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == FLOAT:
                attribute.i = DOUBLE


def padded(x, pads, value=0.0):
    """PyTorch pads alike at both ends only; ONNX as it is told."""
    half = len(pads) // 2
    flat = [pads[axis + end * half] for axis in reversed(range(half)) for end in (0, 1)]
    return functional.pad(x, flat, value=value) if any(flat) else x


class Conv(OpRun):
    def _run(self, x, w, b=None, auto_pad=None, dilations=None, group=None, kernel_shape=None, pads=None, strides=None):
        rank = x.ndim - 2
        run = (functional.conv1d, functional.conv2d, functional.conv3d)[rank - 1]
        x, w, b = (None if each is None else torch.from_numpy(np.ascontiguousarray(each)) for each in (x, w, b))
        x = padded(x, list(pads or [0] * 2 * rank))
        return (run(x, w, b, tuple(strides or [1] * rank), 0, tuple(dilations or [1] * rank), group or 1).numpy(),)


class ConvTranspose(OpRun):
    def _run(
        self, x, w, b=None, auto_pad=None, dilations=None, group=None, kernel_shape=None, output_padding=None,
        output_shape=None, pads=None, strides=None,
    ):
        rank = x.ndim - 2
        run = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[rank - 1]
        x, w, b = (None if each is None else torch.from_numpy(np.ascontiguousarray(each)) for each in (x, w, b))
        pads, more = list(pads or [0] * 2 * rank), list(output_padding or [0] * rank)
        strides, dilations = tuple(strides or [1] * rank), tuple(dilations or [1] * rank)
        whole = run(x, w, None, strides, 0, 0, group or 1, dilations)
        # What is beyond the last window is zero; what was padded is cut.
        whole = padded(whole, [*(-pad for pad in pads[:rank]), *(extra - pad for extra, pad in zip(more, pads[rank:]))])
        return ((whole if b is None else whole + b.reshape(-1, *[1] * rank)).numpy(),)


class MaxPool(OpRun):
    """With flat indices over the whole tensor, as ONNX counts them."""

    def _run(
        self, x, auto_pad=None, ceil_mode=None, dilations=None, kernel_shape=None, pads=None, storage_order=None,
        strides=None,
    ):
        assert x.ndim == 4 and not ceil_mode and not storage_order
        top, left, bottom, right = pads or [0] * 4
        n, c, height, width = x.shape
        held = padded(torch.from_numpy(np.ascontiguousarray(x)), [top, left, bottom, right], -np.inf)
        y, at = functional.max_pool2d(
            held, tuple(kernel_shape), tuple(strides or [1, 1]), 0, tuple(dilations or [1, 1]), return_indices=True
        )
        row, column = at // held.shape[3] - top, at % held.shape[3] - left
        plane = torch.arange(n * c).reshape(n, c, 1, 1) * (height * width)
        return y.numpy(), (plane + row * width + column).numpy()


class Erf(OpRun):
    """The evaluator's own is float32."""

    def _run(self, x):
        return (torch.erf(torch.from_numpy(np.ascontiguousarray(x))).numpy(),)


class Gelu(OpRun):
    """The evaluator has none; written out in operators, its constants are rounded."""

    def _run(self, x, approximate=None):
        return (functional.gelu(torch.from_numpy(np.ascontiguousarray(x)), approximate=approximate or "none").numpy(),)


class ScatterElements(OpRun):
    def _run(self, data, indices, updates, axis=None, reduction=None):
        assert reduction == "add"
        sums = torch.from_numpy(np.array(data))
        at, given = (torch.from_numpy(np.ascontiguousarray(each)) for each in (indices, updates))
        return (sums.scatter_add_(axis or 0, at, given).numpy(),)


OWN = (Conv, ConvTranspose, Erf, Gelu, MaxPool, ScatterElements)
for each in OWN:
    each.op_domain = ""


def run(asked):
    model = onnx.load(asked["program"])
    in_doubles(model.graph)
    types = {value.name: value.type.tensor_type.elem_type for value in model.graph.input}
    feeds = {}
    for name, fed in asked["feeds"].items():
        held = np.fromfile(fed["file"], np.int64 if types[name] == TensorProto.INT64 else fed["dtype"])
        feeds[name] = held.reshape(fed["shape"]).astype(np.int64 if types[name] == TensorProto.INT64 else np.float64)
    session = ReferenceEvaluator(model, new_ops=list(OWN))
    outputs = {}
    for at, (name, value) in enumerate(zip(session.output_names, session.run(None, feeds))):
        file = f"{asked['out']}exact.{at}"
        np.ascontiguousarray(value, np.float64).tofile(file)
        outputs[name] = {"file": file, "shape": value.shape}
    return outputs


torch.set_num_threads(1)
for line in sys.stdin:
    try:
        print(json.dumps({"outputs": run(json.loads(line))}), flush=True)
    except Exception as error:  # is said there
        print(json.dumps({"error": f"{type(error).__name__}: {error}"[:500]}), flush=True)
