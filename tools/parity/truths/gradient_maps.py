"""The gradient family by Captum and Zennit. What is drawn at random is drawn here, handed to them, and kept for ours."""

import contextlib
from unittest import mock

import numpy as np
import torch
from captum.attr import (
    Deconvolution,
    GradientShap,
    GuidedBackprop,
    InputXGradient,
    IntegratedGradients,
    Saliency,
)
from torch import nn
from zennit import attribution as zennit
from zennit.composites import BetaSmooth
from zennit.composites import DeconvNet as ZennitDeconvNet
from zennit.composites import GuidedBackprop as ZennitGuidedBackprop
from zennit.core import Hook


@contextlib.contextmanager
def handing(owner, name, arrays):
    """The calls of a random function get the given arrays, one after the other."""
    left = list(arrays)
    with mock.patch.object(owner, name, lambda *_, **__: left.pop(0)):
        yield
    assert not left, f"{name} was called less often than expected"


def one_hot(target):
    return lambda output: torch.eye(output.shape[1], dtype=output.dtype)[target].expand_as(output)


def gradient(net, x, target, options, draws):
    return Saliency(net.form("plain", x.dtype)).attribute(x, target=target, abs=False)


def input_x_gradient(net, x, target, options, draws):
    return InputXGradient(net.form("plain", x.dtype)).attribute(x, target=target)


def integrated_gradients(net, x, target, options, draws):
    return IntegratedGradients(net.form("plain", x.dtype)).attribute(x, target=target, n_steps=options["n"], internal_batch_size=1)


def smooth_grad(net, x, target, options, draws):
    noise = torch.from_numpy(draws["noise"]).to(x.dtype)
    with handing(torch, "randn_like", noise[:, None]):
        attributor = zennit.SmoothGrad(
            net.form("plain", x.dtype), attr_output=one_hot(target), noise_level=options["noise"], n_iter=options["n"]
        )
        with attributor:
            return attributor(x)[1]


def gradient_shap(net, x, target, options, draws):
    n, deviation = options["n"], options["deviation"]
    noise = torch.from_numpy(draws["noise"]).to(x.dtype)
    with handing(torch, "normal", [noise * deviation]):
        with handing(np.random, "uniform", [draws["places"].astype(np.float64)]):
            with handing(np.random, "choice", [np.zeros(n, int)]):
                baseline = torch.zeros_like(x)
                return GradientShap(net.form("plain", x.dtype)).attribute(x, baseline, n, deviation, target=target)


def drawn(method, options, shape, generator):
    """What ours takes as inputs, for one image."""
    if method == "smooth-grad":
        return {"noise": torch.randn(options["n"] - 1, *shape, generator=generator).numpy()}
    if method == "gradient-shap":
        return {
            "noise": torch.randn(options["n"], *shape, generator=generator).numpy(),
            "places": torch.rand(options["n"], generator=generator).numpy(),
        }
    return {}


def full_grad(net, x, target, options, draws):
    """FullGrad by its definition; biases of layers without places are left out."""
    model = net.form("folded", x.dtype)
    layers, handles = [], []
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            scale = module.weight / torch.sqrt(module.running_var + module.eps)
            bias = module.bias - module.running_mean * scale
        elif isinstance(module, nn.Conv2d):
            bias = module.bias
        else:
            continue
        if bias is not None and bias.any():
            handles.append(module.register_forward_hook(lambda _, __, out, bias=bias: layers.append((out, bias))))
    x = x.requires_grad_()
    score = model(x)[0, target].sum()
    for handle in handles:
        handle.remove()
    own, *gradients = torch.autograd.grad(score, [x, *(out for out, _ in layers)])

    def stretched(part):
        part = part.abs()
        part = part - part.amin((1, 2, 3), keepdim=True)
        return (part / (part.amax((1, 2, 3), keepdim=True) + 1e-6)).sum(1, keepdim=True)

    relevance = stretched(own * x)
    for (_, bias), of in zip(layers, gradients):
        part = stretched(of * bias[:, None, None])
        relevance = relevance + nn.functional.interpolate(part, x.shape[2:], mode="bilinear")
    return relevance


class Guided6(Hook):
    def forward(self, module, input, output):
        self.stored_tensors["input"] = input[0]

    def backward(self, module, into, out):
        x = self.stored_tensors["input"]
        return (out[0].clamp(min=0) * ((x > 0) & (x < 6)),)


class Deconvolved6(Hook):
    def backward(self, module, into, out):
        return (out[0].clamp(min=0),)


class Smoothed6(Hook):
    """ReLU6 as the difference of two softplus of steepness 10."""

    def forward(self, module, input, output):
        self.stored_tensors["input"] = input[0]

    def backward(self, module, into, out):
        x = self.stored_tensors["input"]
        return (out[0] * (torch.sigmoid(10 * x) - torch.sigmoid(10 * (x - 6))),)


def rectifiers(net):
    kinds = {type(module) for module in net.form("modular", torch.float32).modules()}
    return kinds & {nn.ReLU, nn.ReLU6}


def by_composite(net, x, target, composite):
    with zennit.Gradient(net.form("modular", x.dtype), composite, attr_output=one_hot(target)) as attributor:
        return attributor(x)[1]


def guided_backprop(net, x, target, options, draws):
    if nn.ReLU6 in rectifiers(net):
        return by_composite(net, x, target, ZennitGuidedBackprop(layer_map=[((nn.ReLU6,), Guided6())]))
    return GuidedBackprop(net.form("modular", x.dtype)).attribute(x, target=target)


def deconvnet(net, x, target, options, draws):
    if nn.ReLU6 in rectifiers(net):
        return by_composite(net, x, target, ZennitDeconvNet(layer_map=[((nn.ReLU6,), Deconvolved6())]))
    return Deconvolution(net.form("modular", x.dtype)).attribute(x, target=target)


def beta_smooth(net, x, target, options, draws):
    return by_composite(net, x, target, BetaSmooth(layer_map=[((nn.ReLU6,), Smoothed6())]))


METHODS = {
    "gradient": gradient,
    "input-x-gradient": input_x_gradient,
    "smooth-grad": smooth_grad,
    "integrated-gradients": integrated_gradients,
    "gradient-shap": gradient_shap,
    "full-grad": full_grad,
    "guided-backprop": guided_backprop,
    "deconvnet": deconvnet,
    "beta-smooth": beta_smooth,
}


def note(method, net):
    """Which footnote a cell has, or why it has no truth."""
    if method == "full-grad":
        return "d"
    if method in ("guided-backprop", "deconvnet", "beta-smooth"):
        kinds = rectifiers(net)
        if not kinds:
            return "-no rectifier: refused"
        return "m6" if nn.ReLU6 in kinds else "m"
    return ""
