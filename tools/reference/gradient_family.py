"""Golden cases of the gradient family: writes packages/methods/test/golden-gradient/*.json.

Run from the repository root: python tools/reference/gradient_family.py

The networks and images are those of methods.py; every map is computed in float64 by Captum or Zennit. Where they draw
random numbers, the numbers are drawn here, as float32, handed to them, and kept beside the map.
"""

import contextlib
import json
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from captum.attr import GradientShap, InputXGradient, IntegratedGradients, NoiseTunnel, Saliency
from methods import CLASSES, Dense, Plain, ResNet, Tokens, folded, packed, randomised
from torch import nn
from zennit import attribution as zennit

OUT = Path(__file__).parents[2] / "packages" / "methods" / "test" / "golden-gradient"
SHAPE = (2, 12, 12)
TARGETS = torch.tensor([0, 2])
TUNNELS = {"mean": "smoothgrad", "squared": "smoothgrad_sq", "variance": "vargrad"}


@contextlib.contextmanager
def handing(owner, name, arrays):
    """The calls of a random function get the given arrays, one after the other."""
    left = list(arrays)
    with mock.patch.object(owner, name, lambda *_, **__: left.pop(0)):
        yield
    assert not left, f"{name} was called less often than expected"


def one_hot(target):
    return lambda output: torch.eye(CLASSES, dtype=torch.float64)[target].expand_as(output)


def maps(attribute, x):
    """The map of each image, of a target of its own."""
    return packed(attribute(x.clone(), TARGETS).detach())


def range_of(x):
    return x.amax((1, 2, 3)) - x.amin((1, 2, 3))


def integrated(model, x, begin):
    captum = IntegratedGradients(model)
    cases = {}
    for n in (1, 6):
        for method in ("gausslegendre", "riemann_left", "riemann_right", "riemann_middle", "riemann_trapezoid"):
            if n > 1 or method == "gausslegendre":
                key = f"n={n} method={method.replace('_', '-')}"
                cases[key] = maps(lambda x, t: captum.attribute(x, target=t, n_steps=n, method=method), x)
    cases["n=5 method=riemann-middle baseline=0.25"] = maps(
        lambda x, t: captum.attribute(x, 0.25, target=t, n_steps=5, method="riemann_middle"), x
    )
    cases["n=5 method=gausslegendre baseline=given"] = maps(
        lambda x, t: captum.attribute(x, begin.expand_as(x), target=t, n_steps=5), x
    )
    for n in (1, 20):
        def by_zennit(x, t):
            with zennit.IntegratedGradients(model, attr_output=one_hot(t), n_iter=n) as attributor:
                return attributor(x)[1]

        cases[f"n={n} method=zennit"] = maps(by_zennit, x)
    mean = lambda x: x.mean((2, 3), keepdim=True).expand_as(x)

    def from_mean(x, t):
        with zennit.IntegratedGradients(model, attr_output=one_hot(t), baseline_fn=mean, n_iter=4) as attributor:
            return attributor(x)[1]

    cases["n=4 method=zennit baseline=mean"] = maps(from_mean, x)
    return cases


def smoothed(model, x, draw):
    cases = {}
    for n in (1, 4):
        noise = torch.randn(n - 1, len(x), *SHAPE, generator=draw)

        def by_zennit(x, t):
            with handing(torch, "randn_like", noise.double()):
                with zennit.SmoothGrad(model, attr_output=one_hot(t), noise_level=0.1, n_iter=n) as attributor:
                    return attributor(x)[1]

        cases[f"n={n} noise=0.1"] = {"noise": packed(noise.transpose(0, 1)), "expected": maps(by_zennit, x)}
    for form, kind in TUNNELS.items():
        n = 5
        noise = torch.randn(len(x), n, *SHAPE, generator=draw)

        def by_captum(x, t):
            # Captum takes one deviation for all images, so each goes alone.
            found = []
            for image, own, size, target in zip(x, noise.double(), range_of(x), t):
                with handing(torch, "normal", [own * 0.15 * size]):
                    tunnel = NoiseTunnel(Saliency(model))
                    found.append(tunnel.attribute(image[None], kind, nt_samples=n, stdevs=1.0, target=target, abs=False))
            return torch.cat(found)

        cases[f"n={n} noise=0.15 form={form} clean=false"] = {"noise": packed(noise), "expected": maps(by_captum, x)}
    return cases


def shap(model, x, draw):
    n = 4
    cases = {}
    baselines = torch.randn(3, *SHAPE, generator=draw)
    for name, deviation, given in (("zero", 0.0, torch.zeros(1, *SHAPE)), ("three", 0.2, baselines)):
        noise = torch.randn(len(x), n, *SHAPE, generator=draw)
        places = torch.rand(len(x), n, generator=draw)
        chosen = torch.randint(len(given), (len(x), n), generator=draw)

        def by_captum(x, t):
            with handing(torch, "normal", [noise.double().flatten(0, 1) * deviation]):
                with handing(np.random, "uniform", [places.double().flatten().numpy()]):
                    with handing(np.random, "choice", [chosen.flatten().numpy()]):
                        return GradientShap(model).attribute(x, given.double(), n, deviation, target=t)

        cases[name] = {
            "deviation": deviation,
            "noise": packed(noise),
            "places": packed(places),
            "baselines": packed((chosen + 0.5) / len(given)),
            "given": packed(given),
            "expected": maps(by_captum, x),
        }
    return cases


def full(model, x, t):
    """FullGrad by its definition; biases of dense layers have no places and are left out."""
    layers, handles = [], []
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            scale = module.weight / torch.sqrt(module.running_var + module.eps)
            bias = module.bias - module.running_mean * scale
        elif isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            bias = module.bias
        else:
            continue
        if bias is not None:
            handles.append(module.register_forward_hook(lambda _, __, out, bias=bias: layers.append((out, bias))))
    x = x.requires_grad_()
    score = model(x).gather(1, t[:, None]).sum()
    for handle in handles:
        handle.remove()
    own, *gradients = torch.autograd.grad(score, [x, *(out for out, _ in layers)])

    def stretched(part):
        part = part.abs()
        part = part - part.amin((1, 2, 3), keepdim=True)
        return (part / (part.amax((1, 2, 3), keepdim=True) + 1e-6)).sum(1, keepdim=True)

    relevance = stretched(own * x)
    for (_, bias), gradient in zip(layers, gradients):
        part = stretched(gradient * bias[:, None, None])
        relevance = relevance + nn.functional.interpolate(part, x.shape[2:], mode="bilinear")
    return relevance


def main():
    warnings.simplefilter("ignore")
    OUT.mkdir(parents=True, exist_ok=True)
    for name, network, seed in (("plain", Plain(), 1), ("residual", ResNet(), 2), ("tokens", Tokens(), 6)):
        model = folded(randomised(network, seed))
        draw = torch.Generator().manual_seed(100 + seed)
        x = torch.randn(len(TARGETS), *SHAPE, generator=draw).double()
        begin = torch.randn(*SHAPE, generator=draw)
        case = {
            "input": packed(x.float()),
            "target": TARGETS.tolist(),
            "begin": packed(begin),
            "input-x-gradient": maps(lambda x, t: InputXGradient(model).attribute(x, target=t), x),
            "full-grad": maps(lambda x, t: full(model, x, t), x),
            "integrated-gradients": integrated(model, x, begin.double()),
            "smooth-grad": smoothed(model, x, draw),
            "gradient-shap": shap(model, x, draw),
        }
        (OUT / f"{name}.json").write_text(json.dumps(case, indent=1) + "\n")

    # Norms that no convolution precedes: their biases count, and those of the means that they subtract.
    model = folded(randomised(Dense(), 5))
    x = torch.randn(len(TARGETS), *SHAPE, generator=torch.Generator().manual_seed(105)).double()
    case = {"input": packed(x.float()), "target": TARGETS.tolist(), "full-grad": maps(lambda x, t: full(model, x, t), x)}
    (OUT / "dense.json").write_text(json.dumps(case, indent=1) + "\n")


if __name__ == "__main__":
    main()
