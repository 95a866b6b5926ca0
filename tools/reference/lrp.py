"""Golden cases for LRP in full: writes packages/methods/test/golden-lrp/*.

Run from the repository root: python tools/reference/lrp.py

The networks are those of methods.py, and one with gates; the rules and composites are Zennit's, in float64. Of each network
the first image is explained for its first class and the second for its last. What Zennit does not do is defined here:
rectifier rules at ReLU6, gates ("signal takes all"), and relevance that is masked at a layer.
"""

import json
import warnings

import methods
import torch
from methods import CLASSES, SumCanonizer, export, folded, packed, randomised
from torch import nn
from zennit.attribution import Gradient
from zennit.canonizers import AttributeCanonizer
from zennit.composites import (
    BetaSmooth,
    DeconvNet,
    EpsilonAlpha2Beta1,
    EpsilonAlpha2Beta1Flat,
    EpsilonGammaBox,
    EpsilonPlus,
    EpsilonPlusFlat,
    ExcitationBackprop,
    MixedComposite,
    NameMapComposite,
    SpecialFirstLayerMapComposite,
)
from zennit.core import Hook
from zennit.rules import AlphaBeta, Epsilon, Flat, Gamma, WSquare, ZBox, ZPlus
from zennit.types import Convolution

GOLDEN = methods.FIXTURES.parent / "golden-lrp"
SHAPE = (2, 12, 12)
LOW, HIGH = (-3.0, -4.0), (3.5, 4.5)
TARGETS = [0, CLASSES - 1]


class Deconvolved(Hook):
    def backward(self, module, into, out):
        return (out[0].clamp(min=0),)


class Smoothed(Hook):
    """ReLU6 as the difference of two softplus of steepness 10."""

    def forward(self, module, input, output):
        self.stored_tensors["input"] = input[0]

    def backward(self, module, into, out):
        x = self.stored_tensors["input"]
        return (out[0] * (torch.sigmoid(10 * x) - torch.sigmoid(10 * (x - 6))),)


class SignalTakesAll(torch.autograd.Function):
    @staticmethod
    def forward(ctx, signal, gate):
        ctx.save_for_backward(gate)
        return signal * gate

    @staticmethod
    def backward(ctx, r):
        # Zennit's hooks behind the gate want relevance, if only none.
        return r, torch.zeros_like(ctx.saved_tensors[0])


class Gated(methods.Residual):
    """A module whose forward multiplies by `self.scale(signal, gate)`."""

    def scale(self, signal, gate):
        return signal * gate


class GateCanonizer(AttributeCanonizer):
    def __init__(self):
        super().__init__(lambda name, module: {"scale": SignalTakesAll.apply} if isinstance(module, Gated) else None)


class Excite(Gated):
    """A gated unit, squeeze-and-excitation, and a sum around both."""

    def __init__(self):
        super().__init__()
        self.expand = nn.Conv2d(4, 6, 3, padding=1)
        self.linear = nn.Conv2d(6, 6, 1)
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.down = nn.Conv2d(6, 2, 1)
        self.relu = nn.ReLU()
        self.up = nn.Conv2d(2, 6, 1)
        self.sigmoid = nn.Sigmoid()
        self.project = nn.Conv2d(6, 4, 1)

    def forward(self, x):
        y = self.expand(x)
        y = self.scale(y, self.sigmoid(self.linear(y)))
        gate = self.sigmoid(self.up(self.relu(self.down(self.squeeze(y)))))
        return self.join(x, self.project(self.scale(y, gate)))


class Gates(nn.Module):
    """A gated linear unit, squeeze-and-excitation, a gate that is cut off at 0 and 1."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, 2, 1)
        self.excite = Excite()
        self.hard = Hard()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(4, CLASSES)

    def forward(self, x):
        return self.head(self.pool(self.hard(self.excite(self.stem(x)))).flatten(1))


class Hard(Gated):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 1)
        self.cap = nn.ReLU6()

    def forward(self, x):
        return self.scale(x, self.cap(self.conv(x) + 3) / 6)


class Turns(nn.Module):
    """A ReLU that is called twice, as two modules: Zennit's BetaSmooth keeps the last input a module had, whichever call's
    relevance comes back."""

    def __init__(self):
        super().__init__()
        self.relus = nn.ModuleList([nn.ReLU(), nn.ReLU()])
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.relus[self.calls % 2](x)


def box():
    return [torch.tensor(bound, dtype=torch.float64).reshape(1, -1, 1, 1) for bound in (LOW, HIGH)]


def composites():
    low, high = box()
    bias = {"zero_params": "bias"}
    six = [((nn.ReLU6,), Deconvolved())], [((nn.ReLU6,), Smoothed())]
    return {
        "lrp-epsilon-plus-flat": EpsilonPlusFlat,
        "lrp-epsilon-alpha2-beta1": EpsilonAlpha2Beta1,
        "lrp-epsilon-alpha2-beta1-flat": EpsilonAlpha2Beta1Flat,
        "lrp-epsilon-gamma-box": lambda **given: EpsilonGammaBox(low, high, **given),
        "excitation-backprop": ExcitationBackprop,
        "deconvnet": lambda **given: DeconvNet(layer_map=six[0], **given),
        "beta-smooth": lambda **given: BetaSmooth(layer_map=six[1], **given),
        "lrp-epsilon-plus bias=false": lambda **given: EpsilonPlus(**bias, **given),
        "lrp-epsilon-alpha2-beta1 bias=false": lambda **given: EpsilonAlpha2Beta1(**bias, **given),
        "lrp-epsilon-gamma-box bias=false": lambda **given: EpsilonGammaBox(low, high, **bias, **given),
        "lrp-epsilon-plus epsilon=0.25": lambda **given: EpsilonPlus(epsilon=0.25, **given),
        "excitation-backprop bias=false": lambda **given: ExcitationBackprop(**bias, **given),
    }


def relevance(model, x, composite):
    weights = torch.eye(CLASSES, dtype=torch.float64)[TARGETS]
    with Gradient(model, composite) as attributor:
        return attributor(x.clone(), weights)[1]


def network(model, seed):
    """The parameters and images that methods.py gave it."""
    exact = folded(randomised(model, seed))
    x = torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(100 + seed)).double()
    return exact, x


def write(name, case):
    (GOLDEN / f"{name}.json").write_text(json.dumps(case, indent=1) + "\n")


def maps():
    nets = {"plain": (methods.Plain, 1), "residual": (methods.ResNet, 2), "windows": (methods.Windows, 3)}
    nets |= {"mobile": (methods.Mobile, 4), "dense": (methods.Dense, 5), "tokens": (methods.Tokens, 6), "gates": (Gates, 7)}
    for name, (make, seed) in nets.items():
        exact, x = network(make(), seed)
        for block in exact.modules():
            if isinstance(block, methods.BasicBlock):
                block.relu = Turns()
        if name == "gates":
            export(exact.float(), SHAPE, "gates", "torchscript")
            (methods.FIXTURES / "gates.onnx").rename(GOLDEN / "gates.onnx")
            exact = exact.double()
        expected = {
            key: packed(relevance(exact, x, make(canonizers=[SumCanonizer(), GateCanonizer()])))
            for key, make in composites().items()
            if name != "gates" or key not in ("deconvnet", "beta-smooth")
        }
        write(name, {"input": packed(x.float()), "output": packed(exact(x)), "expected": expected})


def user_composites():
    """By name, with a special first layer, and mixed; and relevance masked at a layer."""
    exact, x = network(methods.ResNet(), 2)
    sums = {"canonizers": [SumCanonizer()]}
    named = NameMapComposite(
        [(("layer1.0.conv2", "layer2.0.downsample.0"), Gamma(0.5)), (("fc",), ZPlus())],
    )
    first = SpecialFirstLayerMapComposite([], [((Convolution,), WSquare())])
    expected = {"w-square first, gamma and z-plus by name, else epsilon-plus": packed(
        relevance(exact, x, MixedComposite([first, named, EpsilonPlus()], **sums))
    )}

    def masked(layer, channels):
        mask = torch.zeros(exact.get_submodule(layer)(torch.zeros(1, 4, 6, 6).double()).shape[1]).double()
        mask[channels] = 1
        module = exact.get_submodule(layer)
        handle = module.register_forward_hook(
            lambda module, into, out: Masked.apply(out, mask.reshape(1, -1, 1, 1))
        )
        result = packed(relevance(exact, x, EpsilonPlusFlat(**sums)))
        handle.remove()
        return result

    expected["channels 1, 3 of layer1"] = masked("layer1", [1, 3])
    expected["channel 2 of layer2"] = masked("layer2", [2])
    write("user", {"input": packed(x.float()), "expected": expected})


class Masked(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, mask):
        ctx.save_for_backward(mask)
        return x.clone()

    @staticmethod
    def backward(ctx, r):
        return r * ctx.saved_tensors[0], None


def rules():
    """One layer, one rule: x and relevance of either sign go in, the relevance of x comes out."""
    draw = torch.Generator().manual_seed(11)

    def rand(*shape):
        return torch.randn(*shape, generator=draw).float().double()

    cases = []

    def case(name, op, module, x, attributes):
        module = module.double()
        for parameter in module.parameters():
            parameter.data = rand(*parameter.shape)
        r = rand(*module(x).shape)
        entry = {"name": name, "op": op, "attributes": attributes, "input": packed(x.float()), "relevance": packed(r.float())}
        for key, parameter in module.named_parameters():
            entry[key] = packed(parameter.float())
        low = torch.tensor([-3.0, -4.0, -3.5, -5.0], dtype=torch.float64).reshape(1, 4, 1, 1)
        table = {
            "alpha-beta 2 1": AlphaBeta(2, 1),
            "alpha-beta 1.5 0.5 0.25": AlphaBeta(1.5, 0.5, 0.25),
            "alpha-beta 1 0": AlphaBeta(1, 0),
            "gamma": Gamma(),
            "gamma 1.5 0.25": Gamma(1.5, 0.25),
            "w-square": WSquare(),
            "flat": Flat(),
            "z-box": ZBox(-4.0, 4.0),
            "epsilon without bias": Epsilon(zero_params="bias"),
            "z-plus without bias": ZPlus(zero_params="bias"),
            "alpha-beta without bias": AlphaBeta(zero_params="bias"),
            "gamma without bias": Gamma(zero_params="bias"),
            "w-square without bias": WSquare(zero_params="bias"),
        }
        if x.ndim == 4:
            table["z-box by channel"] = ZBox(low, -low)
        entry["expected"] = {}
        for key, rule in table.items():
            handle = rule.register(module)
            leaf = x.clone().requires_grad_()
            (result,) = torch.autograd.grad(module(leaf), leaf, r)
            handle.remove()
            entry["expected"][key] = packed(result)
        cases.append(entry)

    for bias in (True, False):
        word = "with" if bias else "without"
        for sign, x in (("either sign", rand(2, 4, 4, 6)), ("no negative", rand(2, 4, 4, 6).clamp(min=0))):
            about = f"{word} bias, input of {sign}"
            case(f"Conv {about}", "Conv", nn.Conv2d(4, 6, 3, 2, (1, 2), groups=2, bias=bias), x,
                 {"strides": [2, 2], "pads": [1, 2, 1, 2], "group": 2})
            case(f"ConvTranspose {about}", "ConvTranspose",
                 nn.ConvTranspose2d(4, 6, 3, 2, 1, output_padding=1, groups=2, bias=bias), x,
                 {"strides": [2, 2], "pads": [1, 1, 1, 1], "output_padding": [1, 1], "group": 2})
            case(f"Linear {about}", "Gemm", nn.Linear(6, 4, bias=bias), x[:, 0, 0], {"transB": 1})
            case(f"Linear on three axes {about}", "MatMul", nn.Linear(6, 4, bias=bias), x[:, 0], {})
    write("rules", cases)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    GOLDEN.mkdir(parents=True, exist_ok=True)
    maps()
    user_composites()
    rules()
