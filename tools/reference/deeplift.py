"""Golden cases for DeepLIFT: writes packages/methods/test/golden-deeplift/*.json and the files of two networks.

Run from the repository root: python tools/reference/deeplift.py

By Captum (DeepLift, LayerDeepLift, DeepLiftShap) in float64 where it can: every activation a module of its own, max
pools without overlaps behind no ReLU. Where it can't (`by definition`: windows that overlap, ReLU6, activations that
are called twice), from two passes at once with the published rules as autograd functions.

The networks of methods.py are made again from their seeds; the files are those that it wrote.
"""

import copy
import json
import warnings
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import methods
import torch
import torch.nn.functional as F
from captum.attr import DeepLift, DeepLiftShap, LayerAttribution, LayerDeepLift
from methods import CLASSES, Dense, Mobile, Plain, ResNet, Tokens, Windows, folded, packed, per_target, randomised
from torch import nn

GOLDEN = Path(__file__).parents[2] / "packages" / "methods" / "test" / "golden-deeplift"
SHAPE = (2, 12, 12)


class Smooth(nn.Sequential):
    """Every activation that Captum rescales."""

    def __init__(self):
        super().__init__(
            nn.Conv2d(2, 4, 3, padding=1),
            nn.ELU(),
            nn.Conv2d(4, 4, 3, 2, 1),
            nn.LeakyReLU(0.25),
            nn.Conv2d(4, 4, 1),
            nn.Softplus(),
            nn.Flatten(),
            nn.Linear(144, 6),
            nn.Sigmoid(),
            nn.Linear(6, CLASSES),
        )


class Block(nn.Module):
    def __init__(self, channels, shared):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.relu = nn.ReLU()
        self.relu2 = self.relu if shared else nn.ReLU()

    def forward(self, x):
        return self.relu2(x + self.conv2(self.relu(self.conv1(x))))


class Shared(nn.Module):
    """Max pools whose windows don't overlap, and blocks that call one ReLU twice (or, for Captum, two ReLUs)."""

    def __init__(self, shared=True):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.identity = nn.Identity()
        self.pool = nn.MaxPool2d(2)
        self.layer1 = Block(4, shared)
        self.layer2 = Block(4, shared)
        self.down = nn.Conv2d(4, 6, 1)
        self.pool2 = nn.MaxPool2d(2)
        self.fc = nn.Linear(54, CLASSES)

    def forward(self, x):
        x = self.layer2(self.layer1(self.pool(self.identity(self.stem(x)))))
        return self.fc(torch.flatten(self.pool2(self.down(x)), 1))


class Rescale(torch.autograd.Function):
    """The images and their baselines in one batch, halves of it."""

    @staticmethod
    def forward(ctx, x, top):
        y = x.clamp(0, top)
        ctx.save_for_backward(x, y)
        ctx.top = top
        return y

    @staticmethod
    def backward(ctx, r):
        x, y = ctx.saved_tensors
        (dx, dy) = (halves[0] - halves[1] for halves in (x.chunk(2), y.chunk(2)))
        slope = ((x > 0) & (x < ctx.top)).to(x).chunk(2)[0]
        multiplier = torch.where(dx.abs() < 1e-10, slope, dy / dx)
        return r * torch.cat([multiplier, multiplier]), None


class CrossMaximum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, window):
        y, places = F.max_pool2d(x, return_indices=True, **window)
        ctx.save_for_backward(x, y, places)
        return y

    @staticmethod
    def backward(ctx, r):
        x, y, places = ctx.saved_tensors
        y, y0 = y.chunk(2)
        most = torch.maximum(y, y0)
        shares = torch.cat([most - y0, y - most]) * r.chunk(2)[0].repeat(2, 1, 1, 1)
        given = torch.zeros_like(x).flatten(2).scatter_add(2, places.flatten(2), shares.flatten(2)).view_as(x)
        dx = x.chunk(2)[0] - x.chunk(2)[1]
        share = torch.where(dx == 0, 0, sum(given.chunk(2)) / torch.where(dx == 0, 1, dx))
        return share.repeat(2, 1, 1, 1), None


@contextmanager
def by_rules():
    pool_window = lambda pool: {"kernel_size": pool.kernel_size, "stride": pool.stride, "padding": pool.padding}
    patches = [
        mock.patch.object(nn.ReLU, "forward", lambda self, x: Rescale.apply(x, torch.inf)),
        mock.patch.object(nn.ReLU6, "forward", lambda self, x: Rescale.apply(x, 6)),
        mock.patch.object(nn.MaxPool2d, "forward", lambda self, x: CrossMaximum.apply(x, pool_window(self))),
    ]
    for patch in patches:
        patch.start()
    yield
    for patch in patches:
        patch.stop()


def by_definition(model, x, baseline, target):
    both = torch.cat([x, baseline.expand_as(x)]).requires_grad_()
    with by_rules():
        (multipliers,) = torch.autograd.grad(model(both)[: len(x), target].sum(), both)
    return multipliers[: len(x)] * (x - baseline)


def baselines_of(x):
    draw = torch.Generator().manual_seed(9)
    given = torch.randn(4, *SHAPE, generator=draw)
    return {"0.25": torch.full((1, *SHAPE), 0.25).double(), "given": given[:1].double()}, given[1:].double()


def case(name, net, model, exact, x, attribute, layers=()):
    """`attribute(x, baseline, target)`; `exact` is the network that Captum is given."""
    single, several = baselines_of(x)
    x = x.double()
    golden = {
        "input": packed(x.float()),
        "given": packed(single["given"].float()),
        "several": packed(several.float()),
        "output": packed(model(x)),
        "deep-lift": {key: per_target(lambda x, t: attribute(x, at, t), x) for key, at in single.items()},
    }
    if layers:
        golden["deep-lift-shap"] = per_target(lambda x, t: DeepLiftShap(exact).attribute(x, several, target=t), x)
        golden["layers"] = {}
        for layer in layers:
            def at_layer(x, t, mode=None):
                units = LayerDeepLift(exact, exact.get_submodule(layer)).attribute(x, single["given"], target=t)
                return units if mode is None else LayerAttribution.interpolate(units, x.shape[2:], mode).sum(1, keepdim=True)

            for mode in (None, "bilinear", "bicubic"):
                golden["layers"][f"{layer} {mode or 'none'}"] = per_target(lambda x, t: at_layer(x, t, mode), x)
    for key, at in single.items():
        for target in range(CLASSES):
            total = attribute(x, at, target).sum((1, 2, 3))
            change = (model(x) - model(at))[:, target]
            assert torch.allclose(total, change, rtol=0, atol=1e-9), (name, key, target, total, change)
    (GOLDEN / f"{name}.json").write_text(json.dumps({"file": net, **golden}, indent=1) + "\n")


def images(seed):
    return torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(100 + seed))


def captum(model):
    return lambda x, baseline, target: DeepLift(model).attribute(x, baseline, target=target)


def main():
    warnings.simplefilter("ignore")
    GOLDEN.mkdir(parents=True, exist_ok=True)

    for name, network, seed, layers in (
        ("windows", Windows, 3, ["2"]),
        ("dense", Dense, 5, ["layer2"]),
        ("tokens", Tokens, 6, ["patches"]),
    ):
        exact = folded(randomised(network(), seed))
        case(name, f"fixtures/{name}", exact, exact, images(seed), captum(exact), layers)

    model = randomised(Smooth(), 21)
    exact = copy.deepcopy(model).double()
    case("smooth", "golden-deeplift/smooth", exact, exact, images(21), captum(exact), ["3"])
    methods.export(model, SHAPE, "smooth", "torchscript", folder=GOLDEN)

    model = randomised(Shared(), 22)
    exact = randomised(Shared(shared=False), 22).double()
    case("shared", "golden-deeplift/shared", copy.deepcopy(model).double(), exact, images(22), captum(exact), ["layer1"])
    methods.export(model, SHAPE, "shared", "torchscript", folder=GOLDEN)

    for name, network, seed in (("plain", Plain, 1), ("residual", ResNet, 2), ("mobile", Mobile, 4)):
        exact = folded(randomised(network(), seed))
        attribute = lambda x, baseline, target: by_definition(exact, x, baseline, target)
        case(name, f"fixtures/{name}", exact, exact, images(seed), attribute)


if __name__ == "__main__":
    main()
