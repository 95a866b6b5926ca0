"""A small network as onnxruntime's own quantiser leaves it, for packages/onnx: what its integers compute, and what they stand for.

    quantized.py OUT      writes OUT/quantized-*.onnx and OUT/quantized.json

Convolution, ReLU, pool, residual sum, depthwise convolution, average, Gemm; weights drawn. quantize_static calibrates on
random images, in both formats and per tensor or channel. Beside what onnxruntime computes with the integers, the JSON holds
the network of real numbers that a QDQ file stands for, made here on its own: constants dequantised, each pair of
QuantizeLinear and DequantizeLinear of an activation a Clip to the range of its integers. Its output is onnxruntime's in float32,
its gradient PyTorch's in float64 (onnx2torch).
"""

import copy
import json
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from torch import nn

IMAGES = 4
SIDE = 12


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 1, 1)
        self.residual = nn.Conv2d(8, 8, 3, 1, 1)
        self.depthwise = nn.Conv2d(8, 8, 3, 2, 1, groups=8)
        self.point = nn.Conv2d(8, 12, 1)
        self.head = nn.Linear(12, 5)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.stem(x)), 2)
        x = torch.relu(x + self.residual(x))
        x = torch.relu(self.point(torch.relu(self.depthwise(x))))
        return self.head(torch.flatten(torch.nn.functional.adaptive_avg_pool2d(x, 1), 1))


class Images(CalibrationDataReader):
    def __init__(self, images):
        self.rest = iter(images)

    def get_next(self):
        image = next(self.rest, None)
        return None if image is None else {"input": image[None]}


def real(model):
    """The network of real numbers that a QDQ file stands for."""
    model = copy.deepcopy(model)
    graph = model.graph
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    renamed, nodes, made = {}, [], []
    quantized = {}
    for node in graph.node:
        inputs = [renamed.get(name, name) for name in node.input]
        if node.op_type == "QuantizeLinear":
            quantized[node.output[0]] = inputs[0]
            continue
        if node.op_type == "DequantizeLinear":
            scale, zero = constants[node.input[1]].astype(np.float64), constants[node.input[2]]
            if node.input[0] in constants:
                values = constants[node.input[0]].astype(np.float64)
                axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
                shape = [-1 if at == axis else 1 for at in range(values.ndim)] if scale.ndim else []
                values = (values - zero.astype(np.float64).reshape(shape)) * scale.reshape(shape)
                made.append(numpy_helper.from_array(values.astype(np.float32), node.output[0]))
                continue
            low, high = np.iinfo(zero.dtype).min, np.iinfo(zero.dtype).max
            bounds = [(bound - float(zero)) * float(scale) for bound in (low, high)]
            for name, bound in zip(("low", "high"), bounds):
                made.append(numpy_helper.from_array(np.float32(bound), f"{node.output[0]}.{name}"))
            nodes.append(onnx.helper.make_node("Clip", [quantized[node.input[0]], f"{node.output[0]}.low", f"{node.output[0]}.high"], [node.output[0]]))
            continue
        kept = copy.deepcopy(node)
        del kept.input[:]
        kept.input.extend(inputs)
        nodes.append(kept)
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(made)
    return model


def run(model, images):
    session = onnxruntime.InferenceSession(model.SerializeToString() if isinstance(model, onnx.ModelProto) else str(model))
    return session.run(None, {"input": images})[0]


def main():
    out = pathlib.Path(sys.argv[1])
    torch.manual_seed(3)
    network = Network().eval()
    draw = np.random.default_rng(3)
    images = draw.standard_normal((IMAGES, 3, SIDE, SIDE)).astype(np.float32)
    calibration = draw.standard_normal((32, 3, SIDE, SIDE)).astype(np.float32)
    cases = {}
    with tempfile.TemporaryDirectory() as folder:
        plain = pathlib.Path(folder) / "plain.onnx"
        torch.onnx.export(
            network, (torch.from_numpy(images),), str(plain), dynamo=False, opset_version=17, input_names=["input"],
            output_names=["logits"], dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
        )
        plain_output = run(plain, images)
        for name, form, per_channel in (
            ("qdq", QuantFormat.QDQ, False),
            ("qdq-channel", QuantFormat.QDQ, True),
            ("qoperator", QuantFormat.QOperator, False),
            ("qoperator-channel", QuantFormat.QOperator, True),
        ):
            file = out / f"quantized-{name}.onnx"
            quantize_static(
                plain, file, Images(calibration), quant_format=form, per_channel=per_channel,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            )
            case = {"integers": run(file, images).ravel().tolist()}
            if form == QuantFormat.QDQ:
                from onnx2torch import convert

                stands_for = real(onnx.load(file))
                case["real"] = run(stands_for, images).ravel().tolist()
                double = convert(stands_for).double().eval()
                x = torch.from_numpy(images).double().requires_grad_()
                logits = double(x)
                logits.gather(1, logits.argmax(1, keepdim=True)).sum().backward()
                case["gradient"] = [float(f"{value:.9g}") for value in x.grad.ravel().tolist()]
            cases[name] = case
        quantize_dynamic(plain, out / "quantized-dynamic.onnx", weight_type=QuantType.QUInt8)
    text = json.dumps({
        "shape": list(images.shape),
        "images": [float(f"{value:.9g}") for value in images.ravel().tolist()],
        "float": plain_output.ravel().tolist(),
        "cases": cases,
    })
    (out / "quantized.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
