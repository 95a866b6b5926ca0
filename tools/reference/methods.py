"""Golden cases for @regional-saliency/methods: writes packages/methods/test/fixtures/*.onnx and *.json.

Run from the repository root: python tools/reference/methods.py

Each network is tiny, its parameters are float32 numbers, and every map is computed from them in float64: Saliency,
GuidedBackprop and LayerGradCam by Captum, EpsilonPlus and single rules by Zennit. Where a network has batch norms that
follow a convolution, the maps are those of the network with them folded in and rounded to float32 (as any file with
folded batch norms has them); `unfolded` holds the gradient of the network as it is, and the Grad-CAM of its first convolution, which is then another
value than the normalised one.

The files come from both exporters of PyTorch: `torchscript`, with batch norms kept or folded, and `dynamo`.
"""

import base64
import copy
import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from captum.attr import GuidedBackprop, LayerAttribution, LayerGradCam, Saliency
from torch import nn
from zennit.attribution import Gradient
from zennit.canonizers import AttributeCanonizer, SequentialMergeBatchNorm
from zennit.composites import EpsilonPlus
from zennit.layer import Sum
from zennit.rules import Epsilon, Norm, Pass, ZPlus

FIXTURES = Path(__file__).parents[2] / "packages" / "methods" / "test" / "fixtures"
SCOPES = "pkg.torch.onnx.name_scopes"
CLASSES = 3


class Residual(nn.Module):
    """A module whose forward ends in `self.join(a, b)`, a sum that Zennit is shown as a Sum layer."""

    def join(self, a, b):
        return a + b


class SumCanonizer(AttributeCanonizer):
    def __init__(self):
        super().__init__(self.attributes)

    @staticmethod
    def attributes(name, module):
        if not isinstance(module, Residual):
            return None
        total = Sum()
        return {"join": lambda a, b: total(torch.stack([a, b], dim=-1)), "canonizer_sum": total}


class Plain(nn.Sequential):
    """Biases everywhere, pools whose windows overlap, negative inputs to the first convolution and to a pool."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(2, 4, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding=1),
            nn.Conv2d(4, 5, 3),
            nn.MaxPool2d(2, 1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(45, 6),
            nn.ReLU(),
            nn.Linear(6, CLASSES),
        )


class BasicBlock(Residual):
    """torchvision's names; the same ReLU is called twice."""

    def __init__(self, channels, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, planes, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, planes, 1, stride, bias=False), nn.BatchNorm2d(planes)
            )

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(self.join(x if self.downsample is None else self.downsample(x), out))


class ResNet(nn.Module):
    folds = (
        ("conv1", "bn1"),
        ("layer1.0.conv1", "layer1.0.bn1"),
        ("layer1.0.conv2", "layer1.0.bn2"),
        ("layer2.0.conv1", "layer2.0.bn1"),
        ("layer2.0.conv2", "layer2.0.bn2"),
        ("layer2.0.downsample.0", "layer2.0.downsample.1"),
    )

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(4, 4))
        self.layer2 = nn.Sequential(BasicBlock(4, 6, 2))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(6, CLASSES)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Windows(nn.Sequential):
    """Strides, groups, depth-wise, dilation, uneven kernels and pads, a transposed convolution, average pools."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(2, 4, (3, 5), (2, 1), (1, 2), groups=2),
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4),
            nn.AvgPool2d(3, 2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(4, 6, 3, 2, padding=1, output_padding=1, groups=2),
            nn.AvgPool2d(3, 2, padding=1, count_include_pad=False),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(108, CLASSES),
        )


class Inverted(Residual):
    def __init__(self, channels, hidden):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(),
            nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(),
            nn.Conv2d(hidden, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x):
        return self.join(x, self.conv(x))


class Mobile(nn.Module):
    """As in MobileNetV2: sums of values of either sign, ReLU6 with some units at its upper bound."""

    folds = (
        ("stem.0", "stem.1"),
        ("block.conv.0", "block.conv.1"),
        ("block.conv.3", "block.conv.4"),
        ("block.conv.6", "block.conv.7"),
    )

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(2, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4))
        self.block = Inverted(4, 8)
        self.last = nn.ReLU6()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(4, CLASSES))

    def forward(self, x):
        return self.classifier(self.pool(self.last(self.block(self.stem(x)))))


class DenseLayer(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(channels, 6, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(6)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(6, 3, 3, padding=1, bias=False)

    def forward(self, x):
        new = self.conv2(self.relu2(self.norm2(self.conv1(self.relu1(self.norm1(x))))))
        return torch.cat([x, new], 1)


class Dense(nn.Module):
    """As in DenseNet: batch norms behind a concatenation, which no convolution can take in."""

    folds = (("conv0", "norm0"), ("layer1.conv1", "layer1.norm2"), ("layer2.conv1", "layer2.norm2"))

    def __init__(self):
        super().__init__()
        self.conv0 = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.norm0 = nn.BatchNorm2d(4)
        self.relu0 = nn.ReLU()
        self.pool0 = nn.AvgPool2d(2)
        self.layer1 = DenseLayer(4)
        self.layer2 = DenseLayer(7)
        self.norm5 = nn.BatchNorm2d(10)
        self.relu5 = nn.ReLU()
        self.pool5 = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(10, CLASSES)

    def forward(self, x):
        x = self.pool0(self.relu0(self.norm0(self.conv0(x))))
        x = self.relu5(self.norm5(self.layer2(self.layer1(x))))
        return self.classifier(torch.flatten(self.pool5(x), 1))


class Tokens(nn.Module):
    """Linear layers on [N, places, channels]: MatMul and Add in a file, and smooth activations."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(2, 6, 4, 4)
        self.mix = nn.Linear(6, 8)
        self.act = nn.Tanh()
        self.out = nn.Linear(8, 6)
        self.relu = nn.ReLU()
        self.pool = nn.AvgPool1d(9)
        self.head = nn.Linear(6, CLASSES)

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = self.relu(self.out(self.act(self.mix(tokens))))
        return self.head(self.pool(tokens.transpose(1, 2)).flatten(1))


def randomised(model, seed):
    """Parameters of a useful size; batch norms that do something."""
    draw = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor, low, high in (
                (module.weight, 0.5, 1.5),
                (module.bias, -0.5, 0.7),
                (module.running_mean, -0.4, 0.4),
                (module.running_var, 0.3, 1.6),
            ):
                tensor.data.uniform_(low, high, generator=draw)
        elif isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            transposed = isinstance(module, nn.ConvTranspose2d)
            fan_in = module.weight[0].numel() if not transposed else module.weight.shape[0] * 2
            module.weight.data.normal_(0, (2 / fan_in) ** 0.5, generator=draw)
            if module.bias is not None:
                module.bias.data.uniform_(-0.3, 0.3, generator=draw)
    return model.eval()


def folded(model):
    """The batch norms behind convolutions in their weights: in float64, rounded to float32 once."""
    model = copy.deepcopy(model).double()
    for linear_name, norm_name in getattr(model, "folds", ()):
        linear, norm = model.get_submodule(linear_name), model.get_submodule(norm_name)
        scale = norm.weight.data / torch.sqrt(norm.running_var + norm.eps)
        shift = norm.bias.data - norm.running_mean * scale
        bias = shift if linear.bias is None else linear.bias.data * scale + shift
        linear.weight.data = (linear.weight.data * scale[:, None, None, None]).float().double()
        linear.bias = nn.Parameter(bias.float().double())
        parent, _, leaf = norm_name.rpartition(".")
        setattr(model.get_submodule(parent), leaf, nn.Identity())
    return model


def packed(array):
    """Little-endian numbers in base64."""
    array = np.ascontiguousarray(array.detach().numpy() if isinstance(array, torch.Tensor) else array)
    return {"shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def per_target(attribute, x):
    """[targets, images, ...]"""
    return packed(torch.stack([attribute(x.clone(), target).detach() for target in range(CLASSES)]))


def guided(model, x, target):
    """By definition, for networks with ReLU6, which Captum passes over."""

    def keep_positive(module, into, out):
        return (into[0].clamp(min=0),)

    rectifiers = [module for module in model.modules() if isinstance(module, (nn.ReLU, nn.ReLU6))]
    handles = [module.register_full_backward_hook(keep_positive) for module in rectifiers]
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(model(x)[:, target].sum(), x)
    for handle in handles:
        handle.remove()
    return gradient


def by_zennit(model, weights, x, canonizers=()):
    """Relevance for given relevance of the outputs."""
    with Gradient(model, EpsilonPlus(canonizers=[SumCanonizer(), *canonizers])) as attributor:
        _, relevance = attributor(x, weights.expand(len(x), -1))
    return relevance


def cams(model, x, layers):
    expected = {}
    for layer in layers:
        module = model.get_submodule(layer)
        for relu in (True, False):
            def cam(x, t, mode=None):
                low = LayerGradCam(model, module).attribute(x, target=t, relu_attributions=relu)
                return low if mode is None else LayerAttribution.interpolate(low, x.shape[2:], mode)

            for mode in (None, "bilinear", "bicubic") if relu else ("bilinear",):
                name = f"grad-cam {layer} relu={str(relu).lower()} upsample={mode or 'none'}"
                expected[name] = per_target(lambda x, t: cam(x, t, mode), x)
    return expected


def maps_of(model, x, layers):
    one_hot = torch.eye(CLASSES, dtype=torch.float64)
    expected = {
        "gradient": per_target(lambda x, t: Saliency(model).attribute(x, target=t, abs=False), x),
        "lrp-epsilon-plus": per_target(lambda x, t: by_zennit(model, one_hot[t], x), x),
    }
    expected["guided-backprop"] = per_target(lambda x, t: guided(model, x, t), x)
    if not any(isinstance(module, nn.ReLU6) for module in model.modules()):
        assert expected["guided-backprop"] == per_target(lambda x, t: GuidedBackprop(model).attribute(x, target=t), x)
    expected.update(cams(model, x, layers))
    return expected


def export(model, shape, name, exporter, batch=None, folds=True, folder=FIXTURES):
    """One .onnx file without what an exporter says about the machine that it ran on."""
    x = torch.zeros(batch or 2, *shape)
    path = folder / f"{name}.onnx"
    names = {"input_names": ["input"], "output_names": ["logits"], "verbose": False}
    if exporter == "torchscript":
        mode = torch.onnx.TrainingMode.EVAL if folds else torch.onnx.TrainingMode.PRESERVE
        axes = {} if batch else {"input": {0: "N"}, "logits": {0: "N"}}
        torch.onnx.export(model, (x,), path, dynamo=False, training=mode, dynamic_axes=axes, **names)
    else:
        shapes = None if batch else ({0: torch.export.Dim("N")},)
        torch.onnx.export(model, (x,), path, dynamo=True, dynamic_shapes=shapes, external_data=False, **names)
    proto = onnx.load(path)
    del proto.graph.value_info[:], proto.graph.metadata_props[:], proto.metadata_props[:]
    for value in (*proto.graph.input, *proto.graph.output, *proto.graph.initializer):
        del value.metadata_props[:]
    for node in proto.graph.node:
        node.doc_string = ""
        scopes = [entry for entry in node.metadata_props if entry.key == SCOPES]
        del node.metadata_props[:]
        node.metadata_props.extend(scopes)
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)


def network(name, model, layers, shape=(2, 12, 12), images=2, seed=1, default=None):
    model = randomised(model, seed)
    exact = folded(model)
    draw = torch.Generator().manual_seed(100 + seed)
    x = torch.randn(images, *shape, generator=draw)
    case = {
        "input": packed(x),
        "output": packed(exact(x.double())),
        "defaultLayer": default,
        "expected": maps_of(exact, x.double(), layers),
    }
    if hasattr(model, "folds"):
        plain = copy.deepcopy(model).double()
        first = [model.folds[0][0]]
        case["folds"] = [pair[0] for pair in model.folds]
        case["unfolded"] = {
            "gradient": per_target(lambda x, t: Saliency(plain).attribute(x, target=t, abs=False), x.double()),
            **cams(plain, x.double(), first),
        }
    (FIXTURES / f"{name}.json").write_text(json.dumps(case, indent=1) + "\n")
    return model, exact, x


def objectives(model, x):
    """Scalars other than one logit, on the plain network."""
    x = x.double().requires_grad_()
    target = torch.tensor([0, 2])
    out = model(x)
    scalars = {
        "logit 0 - logit 2": out[:, 0] - out[:, 2],
        "log-softmax of the target": out.log_softmax(1).gather(1, target[:, None])[:, 0],
    }
    maps = {
        key: packed(torch.autograd.grad(scalar.sum(), x, retain_graph=True)[0]) for key, scalar in scalars.items()
    }
    difference = torch.tensor([1.0, 0.0, -1.0], dtype=torch.float64)
    maps["lrp-epsilon-plus of logit 0 - logit 2"] = packed(by_zennit(model, difference, x.detach()))
    (FIXTURES / "objectives.json").write_text(json.dumps({"target": target.tolist(), "expected": maps}, indent=1) + "\n")


def rules():
    """One layer, one rule: x and relevance of either sign go in, the relevance of x comes out.

    The two summands of a Sum lie along the last axis of x.
    """
    draw = torch.Generator().manual_seed(7)

    def rand(*shape):
        return torch.randn(*shape, generator=draw).double()

    cases = []

    def case(name, op, module, x, attributes, rule_set):
        module = module.double()
        for parameter in module.parameters():
            parameter.data = rand(*parameter.shape)
        r = rand(*module(x).shape)
        entry = {"name": name, "op": op, "attributes": attributes, "input": packed(x.float()), "relevance": packed(r.float())}
        for key, parameter in module.named_parameters():
            entry[key] = packed(parameter.float())
        entry["expected"] = {}
        for key, rule in rule_set.items():
            handle = rule.register(module)
            leaf = x.clone().requires_grad_()
            (relevance,) = torch.autograd.grad(module(leaf), leaf, r)
            handle.remove()
            entry["expected"][key] = packed(relevance)
        cases.append(entry)

    linear = {"epsilon": lambda: Epsilon(), "epsilon 0.25": lambda: Epsilon(0.25), "z-plus": lambda: ZPlus(), "z-plus 0.25": lambda: ZPlus(0.25)}
    sums = {"average": lambda: Norm(), "average 0.25": lambda: Norm(0.25), "pass": lambda: Pass()}
    made = lambda table: {key: make() for key, make in table.items()}
    for bias in (True, False):
        word = "with" if bias else "without"
        for sign, x in (("either sign", rand(1, 4, 4, 6)), ("no negative", rand(1, 4, 4, 6).clamp(min=0))):
            about = f"{word} bias, input of {sign}"
            case(f"Conv {about}", "Conv", nn.Conv2d(4, 6, 3, 2, (1, 2), groups=2, bias=bias), x,
                 {"strides": [2, 2], "pads": [1, 2, 1, 2], "group": 2}, made(linear))
            case(f"ConvTranspose {about}", "ConvTranspose",
                 nn.ConvTranspose2d(4, 6, 3, 2, 1, output_padding=1, groups=2, bias=bias), x,
                 {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1], "group": 2}, made(linear))
            case(f"Linear {about}", "Gemm", nn.Linear(6, 4, bias=bias), x[:, 0, 0], {"transB": 1}, made(linear))
            case(f"Linear on three axes {about}", "MatMul", nn.Linear(6, 4, bias=bias), x[:, 0], {}, made(linear))
    x = rand(1, 3, 5, 6)
    window = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}
    case("AveragePool that counts pads", "AveragePool", nn.AvgPool2d(3, 2, 1), x, {**window, "count_include_pad": 1}, {"average": Norm(), "average 0.25": Norm(0.25)})
    case("AveragePool that counts no pads", "AveragePool", nn.AvgPool2d(3, 2, 1, count_include_pad=False), x, window, {"average": Norm()})
    case("GlobalAveragePool", "GlobalAveragePool", nn.AdaptiveAvgPool2d(1), x, {}, {"average": Norm()})
    case("Sum", "Add", Sum(), rand(1, 3, 5, 6, 2), {}, {"residual": Norm(), "residual 0.25": Norm(0.25)})
    case("Sigmoid", "Sigmoid", nn.Sigmoid(), x, {}, {"pass": Pass()})
    (FIXTURES / "rules.json").write_text(json.dumps(cases, indent=1) + "\n")


def main():
    warnings.simplefilter("ignore")
    FIXTURES.mkdir(parents=True, exist_ok=True)
    shape = (2, 12, 12)

    model, exact, x = network("plain", Plain(), ["3", "1"], default="5")
    export(model, shape, "plain", "torchscript")
    export(model, shape, "plain-batch2", "torchscript", batch=2)
    export(model, shape, "plain-dynamo", "dynamo")
    export(model, shape, "plain-dynamo-batch2", "dynamo", batch=2)
    objectives(exact, x)

    model, exact, x = network("residual", ResNet(), ["layer2", "layer1.0.relu"], seed=2, default="layer2")
    export(model, shape, "residual", "torchscript", folds=False)
    export(model, shape, "residual-folded", "torchscript")
    export(model, shape, "residual-dynamo", "dynamo")
    unfolded = by_zennit(copy.deepcopy(model).double(), torch.eye(CLASSES).double()[0], x.double(), [SequentialMergeBatchNorm()])
    mine = by_zennit(exact, torch.eye(CLASSES).double()[0], x.double())
    print("residual: folding in float32 changes LRP by", ((unfolded - mine).abs().max() / mine.abs().max()).item())

    model, exact, x = network("windows", Windows(), ["2"], seed=3)
    export(model, shape, "windows", "torchscript")
    export(model, shape, "windows-dynamo", "dynamo")

    model, exact, x = network("mobile", Mobile(), ["block"], seed=4, default="last")
    export(model, shape, "mobile", "torchscript", folds=False)
    export(model, shape, "mobile-dynamo", "dynamo")

    model, exact, x = network("dense", Dense(), ["layer2", "layer1"], seed=5, default="relu5")
    export(model, shape, "dense", "torchscript", folds=False)
    export(model, shape, "dense-dynamo", "dynamo")

    model, exact, x = network("tokens", Tokens(), ["patches"], seed=6, default="relu")
    export(model, shape, "tokens", "torchscript")
    export(model, shape, "tokens-dynamo", "dynamo")

    rules()


if __name__ == "__main__":
    main()
