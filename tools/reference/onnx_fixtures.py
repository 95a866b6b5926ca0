"""Small ONNX files as PyTorch's two exporters write them, with what they compute, for the tests of packages/onnx.

Run from the repository root: python tools/reference/onnx_fixtures.py
Writes packages/onnx/test/fixtures/*.onnx and packages/onnx/test/fixtures/expected.json: for each file its opset, an input and
the outputs of the PyTorch module (batch norm in its inference form), and for named modules samples of the last value that
each gave.
"""

import json
import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
import torch
from torch import nn

OUT = Path("packages/onnx/test/fixtures")

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)


class Block(nn.Module):
    """A residual block whose ReLU is called twice, as in torchvision's ResNet."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + x)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(Block(4), Block(4))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout()
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        x = self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(x)))))
        return self.fc(self.dropout(torch.flatten(self.avgpool(x), 1)))


class Mobile(nn.Module):
    """Nested containers, depthwise convolutions, hard activations, squeeze-and-excitation, and two modules of like names."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.BatchNorm2d(6), nn.Hardswish()),
            nn.Sequential(nn.Sequential(nn.Conv2d(6, 6, 3, 1, 1, groups=6), nn.BatchNorm2d(6), nn.ReLU6())),
        )
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(6, 6, 1), nn.Hardsigmoid())
        self.conv = nn.Conv2d(6, 4, 1)
        self.conv_1 = nn.Conv2d(4, 4, 1)
        self.classifier = nn.Linear(4, 3)

    def forward(self, x):
        x = self.features(x)
        x = self.conv_1(self.conv(x * self.squeeze(x)))
        x = torch.nn.functional.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)
        return self.classifier(x.mean([2, 3]))


class Tokens(nn.Module):
    """What vision transformers leave in a file: a class token expanded to the batch, slices, splits, softmax, GELU."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(1, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.norm = nn.LayerNorm(8, elementwise_affine=False)
        self.qkv = nn.Linear(8, 24)
        self.act = nn.GELU()
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        n = x.shape[0]
        x = self.patches(x).reshape(n, 8, -1).permute(0, 2, 1)
        x = torch.cat([self.token.expand(n, -1, -1), x], dim=1)
        mean = x.mean(-1, keepdim=True)
        x = (x - mean) / torch.sqrt(((x - mean) ** 2).mean(-1, keepdim=True) + 1e-5)
        q, k, v = self.qkv(x).reshape(n, x.shape[1], 2, 12).permute(0, 2, 1, 3).split(4, dim=-1)
        y = torch.softmax(q @ k.transpose(-2, -1) / 2, dim=-1) @ v
        y = self.act(y.permute(0, 2, 1, 3).reshape(n, -1, 8))
        return torch.log_softmax(self.head(torch.clamp(y[:, 0], -2.0, 2.0)), dim=-1)


def make(kind: type, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    model = kind().eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
    return model


def activations(model: nn.Module, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """The last value that each module gave."""
    last: dict[str, torch.Tensor] = {}
    hooks = [
        module.register_forward_hook(lambda _m, _i, output, name=name: last.__setitem__(name, output))
        for name, module in model.named_modules()
        if name
    ]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return last


def numbers(tensor: torch.Tensor) -> dict:
    return {"shape": list(tensor.shape), "data": [float(f"{value:.8g}") for value in tensor.flatten().tolist()]}


def samples(tensor: torch.Tensor) -> dict:
    """Every so many-th element, about twelve of them."""
    step = max(1, tensor.numel() // 12) | 1
    return {**numbers(tensor.flatten()[::step]), "shape": list(tensor.shape), "step": step}


def folded(names) -> dict[str, str]:
    pairs = [(".conv1", ".bn1"), (".conv2", ".bn2"), ("features.0.0", "features.0.1"), ("features.1.0.0", "features.1.0.1")]
    return {
        name: name[: -len(conv)] + bn if name != conv.lstrip(".") else bn.lstrip(".")
        for name in names
        for conv, bn in pairs
        if name.endswith(conv) or name == conv.lstrip(".")
    }


def export(name: str, model: nn.Module, x: torch.Tensor, *, dynamo: bool, dynamic: bool, opset: int, fold: bool) -> str:
    path = OUT / f"{name}.onnx"
    common = {"input_names": ["image"], "output_names": ["scores"], "opset_version": opset}
    if dynamo:
        shapes = ({0: torch.export.Dim("batch")},) if dynamic else None
        torch.onnx.export(
            model, (x,), str(path), dynamo=True, dynamic_shapes=shapes, external_data=False, optimize=fold, verbose=False, **common
        )
        strip(path)
    else:
        mode = torch.onnx.TrainingMode.EVAL if fold else torch.onnx.TrainingMode.PRESERVE
        axes = {"image": {0: "batch"}, "scores": {0: "batch"}} if dynamic else None
        torch.onnx.export(
            model, (x,), str(path), dynamo=False, dynamic_axes=axes, do_constant_folding=fold, training=mode, **common
        )
    return path.name


def strip(path: Path) -> None:
    """Leaves out the newer exporter's stack traces and class names, which name this machine's folders."""
    model = onnx.load(path)
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if entry.key == "pkg.torch.onnx.name_scopes"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    onnx.save(model, path)


def half(name: str, source: str) -> str:
    """The same file with every weight stored as float16 or bfloat16, cast back where it is used."""
    model = onnx.load(OUT / source)
    casts = []
    for index, tensor in enumerate(list(model.graph.initializer)):
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        array = onnx.numpy_helper.to_array(tensor)
        brain = index % 2 == 1
        kind = onnx.TensorProto.BFLOAT16 if brain else onnx.TensorProto.FLOAT16
        small = onnx.helper.make_tensor(f"{tensor.name}.half", kind, array.shape, array.flatten().tolist())
        model.graph.initializer.remove(tensor)
        model.graph.initializer.append(small)
        casts.append(onnx.helper.make_node("Cast", [small.name], [tensor.name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    path = OUT / f"{name}.onnx"
    onnx.save(model, path)
    return path.name


def open_size() -> None:
    """A fully convolutional net whose height and width are open as well as its batch."""
    weights = numpy_helper.from_array(np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32), "conv.weight")
    nodes = [
        helper.make_node("Conv", ["image", "conv.weight"], ["a"], name="/conv/Conv"),
        helper.make_node("Relu", ["a"], ["b"], name="/relu/Relu"),
        helper.make_node("GlobalAveragePool", ["b"], ["c"], name="/pool/GlobalAveragePool"),
        helper.make_node("Flatten", ["c"], ["scores"], name="/Flatten"),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, "height", "width"])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 4])
    graph = helper.make_graph(nodes, "open-size", [image], [scores], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), OUT / "open-size.onnx")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    cases = {}
    inputs = {"residual": (Residual, (2, 3, 16, 16)), "mobile": (Mobile, (2, 3, 18, 18)), "tokens": (Tokens, (2, 1, 12, 12))}
    for seed, (kind, (module, shape)) in enumerate(inputs.items()):
        model = make(module, seed)
        x = torch.from_numpy(np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32))
        named = activations(model, x)
        with torch.no_grad():
            scores = model(x)
        cases[kind] = {
            "image": numbers(x),
            "scores": numbers(scores),
            "modules": {name: samples(value) for name, value in named.items()},
            "files": [],
            # Where batch norm is folded, the convolution gives what the batch norm gave.
            "folded": folded(named),
        }
        for dynamo in (False, True):
            exporter = "new" if dynamo else "old"
            opset = 18
            for fold in (True, False):
                for dynamic in (True, False) if fold else (True,):
                    # This exporter writes sequences of tensors where it does not optimise a split away.
                    if kind == "tokens" and dynamo and not fold:
                        export("sequences", model, x, dynamo=True, dynamic=True, opset=opset, fold=False)
                        continue
                    label = f"{kind}-{exporter}{'' if fold else '-unfolded'}{'' if dynamic else '-fixed'}"
                    cases[kind]["files"].append(
                        export(label, model, x, dynamo=dynamo, dynamic=dynamic, opset=opset, fold=fold)
                    )
        cases[kind]["files"].append(
            export(f"{kind}-old-opset9", model, x, dynamo=False, dynamic=True, opset=9 if kind != "mobile" else 11, fold=True)
        )
    half("residual-half", "residual-old-unfolded.onnx")
    open_size()
    (OUT / "expected.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    for path in sorted(OUT.iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes")


main()
