"""Zennit's known cases by minimal examples: what the Zennit at hand makes of each, what the definition says, and a file for ours.

    zennit_cases.py DIR

Definitions are made with forms of the network in which both versions do the same. A case is a block behind a dense or convolutional layer without biases, explained for one output; relevance starts as 1 and
rules keep it, up to what biases and dead units take (`sum`). Where the map matters, it is compared with the definition's
(`difference`, the largest over the largest value).
"""

import copy
import json
import logging
import pathlib
import sys
import warnings
from importlib.metadata import version

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE)]

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
import models  # noqa: E402
from models import Add, SignalTakesAll, modular, torchvision_model  # noqa: E402
from torch import nn  # noqa: E402
from torchvision.models.efficientnet import MBConv, MBConvConfig  # noqa: E402
from torchvision.models.mobilenetv2 import InvertedResidual  # noqa: E402
from torchvision.models.regnet import ResBottleneckBlock  # noqa: E402
from torchvision.models.resnet import BasicBlock  # noqa: E402
from zennit.attribution import Gradient  # noqa: E402
from zennit.canonizers import SequentialMergeBatchNorm  # noqa: E402
from zennit.composites import BetaSmooth, EpsilonPlus, ExcitationBackprop  # noqa: E402
from zennit.layer import Sum  # noqa: E402
from zennit.torchvision import ResNetCanonizer  # noqa: E402

TARGET = 1


class Dense(nn.Module):
    """One dense layer beside an identity, added."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.dense = nn.Linear(3, 3, bias=False)
        if kind == "module":
            self.sum = Sum()

    def forward(self, x):
        if self.kind == "plain":
            return self.dense(x) + x
        branches = torch.stack([self.dense(x), x], dim=-1)
        return self.sum(branches) if self.kind == "module" else Sum()(branches)


class Around(nn.Module):
    """Blocks between a first convolution and a dense layer, all averages by modules."""

    def __init__(self, *blocks, channels=8, functional=False):
        super().__init__()
        self.stem = nn.Conv2d(2, channels, 3, padding=1, bias=False)
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(channels, 3, bias=False)
        self.functional = functional

    def forward(self, x):
        x = self.blocks(self.stem(x).relu())
        x = F.adaptive_avg_pool2d(x, 1) if self.functional else self.pool(x)
        return self.head(x.flatten(1))


class Gated(nn.Module):
    """A gate out of a convolution of its own; all relevance goes to the signal."""

    def __init__(self, product=None):
        super().__init__()
        self.signal, self.gate = nn.Conv2d(2, 2, 3, bias=False), nn.Conv2d(2, 2, 3, bias=False)
        self.sigmoid, self.head, self.product = nn.Sigmoid(), nn.Linear(2, 3, bias=False), product
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        signal, gate = self.signal(x), self.sigmoid(self.gate(x))
        product = self.product.apply(signal, gate) if self.product else signal * gate
        return self.head(self.pool(product).flatten(1))


class Nothing(SignalTakesAll):
    """As SignalTakesAll, and no relevance (none, not zeros) for the gate."""

    @staticmethod
    def backward(ctx, r):
        return r, None


class Twice(nn.Module):
    """One ReLU module that is called twice."""

    def __init__(self, relus=None):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, 3)
        self.relu = nn.ReLU()
        self.again = nn.ReLU() if relus == "two" else self.relu

    def forward(self, x):
        return self.last(self.again(self.second(self.relu(self.first(x)))))


class Keyword(nn.Module):
    """A layer that is called with its input by name."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(3, 3, bias=False)

    def forward(self, x):
        return self.dense(input=x)


class Normed(nn.Module):
    """Convolutions before batch norms, whose ε is that of torchvision's MobileNetV3."""

    def __init__(self):
        super().__init__()
        parts = [[nn.Conv2d(a, 4, 3), nn.BatchNorm2d(4, eps=1e-3), nn.ReLU()] for a in (2, 4)]
        self.features = nn.Sequential(*parts[0], *parts[1])
        self.pool, self.head = nn.AdaptiveAvgPool2d(1), nn.Linear(4, 3, bias=False)
        draw = torch.Generator().manual_seed(4)
        for norm in (parts[0][1], parts[1][1]):
            # Small variances, as layers of small weights have them, show an ε that was left where it is.
            norm.running_var.copy_(torch.rand(4, generator=draw) * 0.02 + 0.01)
            norm.running_mean.copy_(torch.rand(4, generator=draw) * 0.4 - 0.2)

    def forward(self, x):
        return self.head(self.pool(self.features(x)).flatten(1))


def smoothed(inplace):
    return nn.Sequential(nn.Linear(3, 4, bias=False), nn.ReLU(inplace=inplace), nn.Linear(4, 3, bias=False))


def regnet_block(self, x):
    return self.activation(self.add(x if self.proj is None else self.proj(x), self.f(x)))


models.BLOCKS += ((ResBottleneckBlock, {"add": Add}, regnet_block),)


def block(kind):
    torch.manual_seed(3)
    norm = nn.BatchNorm2d
    made = {
        "resnet": lambda: BasicBlock(8, 8),
        "mobilenet": lambda: InvertedResidual(8, 8, 1, 2),
        "efficientnet": lambda: MBConv(MBConvConfig(2, 3, 1, 8, 8, 1, 1, 1), 0.0, norm),
        "regnet": lambda: ResBottleneckBlock(8, 8, 1, norm, nn.ReLU, 8, 1.0, None),
    }[kind]()
    draw = torch.Generator().manual_seed(4)
    for module in made.modules():
        if isinstance(module, norm):
            module.running_var.copy_(torch.rand(module.running_var.shape, generator=draw) + 0.5)
            module.weight.data.copy_(torch.rand(module.weight.shape, generator=draw) + 0.5)
            module.running_mean.copy_(torch.rand(module.running_mean.shape, generator=draw) * 0.4 - 0.2)
            module.bias.data.copy_(torch.rand(module.bias.shape, generator=draw) * 0.4 - 0.2)
    return made


def made(make, *arguments, **named):
    torch.manual_seed(1)
    return make(*arguments, **named).eval()


def zennit(model, x, composite):
    with Gradient(model, composite) as attributor:
        return attributor(x.double().requires_grad_(), torch.eye(3).double()[[TARGET]])[1]


def attempt(run):
    try:
        return run(), None
    except Exception as error:
        return None, f"{type(error).__name__}: {error}".splitlines()[0][:60]


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    draw = torch.Generator().manual_seed(5)
    vector, image = torch.tensor([[0.7, -0.4, 1.2]]), torch.randn(1, 2, 8, 8, generator=draw)
    cases = []

    def case(name, model, x, composite, method="lrp-epsilon-plus", options=None, seen=None, expected=1.0, truth=None):
        """`seen`: the model that Zennit gets, where it is another form of the same. `truth`: the definition's map."""
        index = len(cases)
        # A copy: Zennit's canonizers leave tensors of their own in the modules.
        seen = copy.deepcopy(seen or model).double()
        found, error = attempt(lambda: zennit(seen, x, composite()))
        entry = {"name": name, "method": method, "options": options or {}, "file": f"case-{index}.onnx", "target": TARGET,
                 "input": x.flatten().tolist(), "shape": list(x.shape), "error": error}
        if truth is None:
            entry |= {"figure": "sum", "definition": expected, "zennit": None if error else found.sum().item()}
        else:
            far = None if error else ((found - truth).abs().max() / truth.abs().max()).item()
            entry |= {"figure": "difference", "definition": truth.flatten().tolist(), "zennit": far}
        torch.onnx.export(model, (x,), out / entry["file"], dynamo=False, input_names=["input"], output_names=["output"],
                          dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}})
        cases.append(entry)

    plus = lambda **given: lambda: EpsilonPlus(zero_params="bias", **given)
    no_bias = {"bias": False}
    # Stack and sum are Zennit's device, not the model's: what is exported is the plain sum.
    for kind, name in (("module", "a Sum that is a module"), ("inside", "a Sum made in forward (#236)"), ("plain", "a plain +")):
        case(f"residual sum: {name}", made(Dense, "plain"), vector, plus(), options=no_bias, seen=made(Dense, kind))
    resnet = lambda: made(Around, block("resnet"), block("resnet"))
    case("two ResNet blocks, ResNetCanonizer, no biases (#193, #194)", resnet(), image,
         plus(canonizers=[ResNetCanonizer()]), options=no_bias)
    biased = zennit(modular(resnet().double(), explained=True, merged=True), image, EpsilonPlus()).sum().item()
    case("the same with biases, which absorb", resnet(), image, lambda: EpsilonPlus(canonizers=[ResNetCanonizer()]), expected=biased)
    for kind in ("mobilenet", "efficientnet", "regnet"):
        # Relevance is also lost where nothing positive arrives at a depthwise convolution: less than 1 is right.
        form = modular(made(Around, block(kind)).double(), explained=True, merged=True)
        case(f"{kind} block: no canonizer of its own", made(Around, block(kind)), image,
             plus(canonizers=[SequentialMergeBatchNorm()]), options=no_bias, expected=zennit(form, image, plus()()).sum().item())
    case("two ResNet blocks, ExcitationBackprop as the paper used it", resnet(), image,
         lambda: ExcitationBackprop(zero_params="bias"), "excitation-backprop", no_bias)
    case("the same with ResNetCanonizer", resnet(), image,
         lambda: ExcitationBackprop(zero_params="bias", canonizers=[ResNetCanonizer()]), "excitation-backprop", no_bias)
    case("an average pool called as a function", made(Around, functional=True), image, plus(), options=no_bias)
    smooth = zennit(made(Twice, "two").double(), vector, BetaSmooth())
    case("BetaSmooth, one ReLU module called twice", made(Twice), vector, BetaSmooth, "beta-smooth", truth=smooth)
    smooth = zennit(made(smoothed, False).double(), vector, BetaSmooth())
    case("BetaSmooth, a ReLU that works in place", made(smoothed, False), vector, BetaSmooth, "beta-smooth",
         seen=made(smoothed, True), truth=smooth)
    deep = lambda: made(Around, *(block("resnet") for _ in range(8)))
    whole = zennit(modular(deep().double(), explained=True, merged=True), image, EpsilonPlus())
    case("eight ResNet blocks, ResNetCanonizer (#194)", deep(), image, lambda: EpsilonPlus(canonizers=[ResNetCanonizer()]), truth=whole)
    normed = zennit(modular(made(Normed).double(), merged=True), image, EpsilonPlus())
    case("batch norms of ε 0.001, merged", made(Normed), image,
         lambda: EpsilonPlus(canonizers=[SequentialMergeBatchNorm()]), truth=normed)
    case("a layer called with its input by name", made(Keyword), vector, plus(), options=no_bias, seen=made(Keyword))
    zeros = zennit(made(Gated, SignalTakesAll).double(), image, plus()()).sum().item()
    case("a gate that gets no relevance", made(Gated), image, plus(), options=no_bias, seen=made(Gated, Nothing), expected=zeros)

    network = torchvision_model("densenet121", 32)
    _, error = attempt(lambda: SequentialMergeBatchNorm().apply(network))
    (out / "cases.json").write_text(json.dumps({"zennit": version("zennit"), "cases": cases, "densenet": error, "saved": saved(image)}))


def saved(image):
    """How far off the network is whose weights were saved after it was explained with its norms merged."""
    model, x = made(Normed).double(), image.double()
    before = model(x)
    zennit(model, image, EpsilonPlus(canonizers=[SequentialMergeBatchNorm()]))
    again = made(Normed).double()
    again.load_state_dict(model.state_dict())
    return ((again(x) - before).abs().max() / before.abs().max()).item()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    main(pathlib.Path(sys.argv[1]))
