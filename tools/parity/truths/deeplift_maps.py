"""DeepLIFT by its rules, as autograd functions on the image and its baseline in one batch.

Captum can't be the truth here: it refuses activations that are called twice, its max-pool rule drops shares where windows
overlap, and products, norms and softmax get their gradient. The rules are those of tools/reference/deeplift.py and, for what
that has not (smooth activations, gates, attention, layer norms), the complete ones that packages/methods/README.md states.
"""

from contextlib import ExitStack
from unittest import mock

import torch
import torch.nn.functional as F
from deeplift import CrossMaximum, Rescale
from models import Gate, MatMul, Softmax
from cam_maps import enlarged
from torch import nn


def halves(x):
    return x.chunk(2)


class Smooth(torch.autograd.Function):
    """Δy/Δx, or where Δx is tiny the derivative."""

    @staticmethod
    def forward(ctx, x, function):
        with torch.enable_grad():
            leaf = x.detach().requires_grad_()
            y = function(leaf)
            (slope,) = torch.autograd.grad(y.sum(), leaf)
        ctx.save_for_backward(x, y.detach(), slope)
        return y.detach()

    @staticmethod
    def backward(ctx, r):
        x, y, slope = ctx.saved_tensors
        dx, dy = (a - b for a, b in (halves(x), halves(y)))
        tiny = dx.abs() < 1e-5
        multiplier = torch.where(tiny, halves(slope)[0], dy / torch.where(tiny, 1, dx))
        return r * torch.cat([multiplier, multiplier]), None


class Product(torch.autograd.Function):
    """Each factor's multiplier is the gradient midway between image and baseline."""

    @staticmethod
    def forward(ctx, a, b, multiply):
        ctx.save_for_backward(a, b)
        ctx.multiply = multiply
        return multiply(a, b)

    @staticmethod
    def backward(ctx, r):
        middles = [sum(halves(value)) / 2 for value in ctx.saved_tensors]
        with torch.enable_grad():
            leaves = [value.requires_grad_() for value in middles]
            gradients = torch.autograd.grad(ctx.multiply(*leaves), leaves, halves(r)[0])
        return *(torch.cat([gradient, gradient]) for gradient in gradients), None


class CompleteSoftmax(torch.autograd.Function):
    """The gradient with the logarithmic mean of both probabilities in the place of the probability."""

    @staticmethod
    def forward(ctx, x):
        log = x.log_softmax(-1)
        ctx.save_for_backward(log)
        return log.exp()

    @staticmethod
    def backward(ctx, r):
        (log,) = ctx.saved_tensors
        r = halves(r)[0]
        (now, before), (p, p0) = halves(log), halves(log.exp())
        change = now - before
        near = change.abs() < 1e-3
        mean = torch.where(near, (p + p0) / 2, (p - p0) / torch.where(near, 1, change))
        share = mean * (r - (r * mean).sum(-1, keepdim=True) / mean.sum(-1, keepdim=True))
        return torch.cat([share, share])


def complete_norm(x, norm):
    """Layer norm in products, a square root and a quotient, each by its complete rule."""
    centred = x - x.mean(-1, keepdim=True)
    variance = Product.apply(centred, centred, torch.mul).mean(-1, keepdim=True)
    inverse = InverseRoot.apply(variance + norm.eps)
    return Product.apply(centred, inverse, torch.mul) * norm.weight + norm.bias


class InverseRoot(torch.autograd.Function):
    """1/√v: Δs/Δv = -s·s₀ / (√v + √v₀)."""

    @staticmethod
    def forward(ctx, v):
        ctx.save_for_backward(v.sqrt())
        return 1 / v.sqrt()

    @staticmethod
    def backward(ctx, r):
        now, before = halves(ctx.saved_tensors[0])
        slope = -1 / (now * before * (now + before))
        return r * torch.cat([slope, slope])


FUNCTIONS = {
    nn.SiLU: F.silu,
    nn.GELU: F.gelu,
    nn.Hardswish: F.hardswish,
    nn.Hardsigmoid: F.hardsigmoid,
    nn.Sigmoid: torch.sigmoid,
}


def by_rules():
    """While it lasts, modules run with the rules."""
    stack = ExitStack()

    def patch(kind, forward):
        stack.enter_context(mock.patch.object(kind, "forward", forward))

    patch(nn.ReLU, lambda self, x: Rescale.apply(x, torch.inf))
    patch(nn.ReLU6, lambda self, x: Rescale.apply(x, 6))
    window = lambda pool: {"kernel_size": pool.kernel_size, "stride": pool.stride, "padding": pool.padding}
    patch(nn.MaxPool2d, lambda self, x: CrossMaximum.apply(x, window(self)))
    for kind, function in FUNCTIONS.items():
        patch(kind, lambda self, x, function=function: Smooth.apply(x, function))
    patch(Gate, lambda self, a, b: Product.apply(a, b, torch.mul))
    patch(MatMul, lambda self, a, b: Product.apply(a, b, torch.matmul))
    patch(Softmax, lambda self, x: CompleteSoftmax.apply(x))
    patch(nn.LayerNorm, lambda self, x: complete_norm(x, self))
    return stack


def contribution(net, x, target, baseline, layer=None):
    """Multiplier times change, of the input or of a layer."""
    model = net.form("modular", x.dtype)
    both = torch.cat([x, baseline]).requires_grad_()
    seen = [both]
    handle = None
    if layer:
        def keep(module, into, out):
            seen.append(out)

        handle = model.get_submodule(layer).register_forward_hook(keep)
    with by_rules():
        score = model(both)[0, target].sum()
        (multipliers,) = torch.autograd.grad(score, seen[-1])
    if handle:
        handle.remove()
    now, before = halves(seen[-1].detach())
    return halves(multipliers)[0] * (now - before)


def deep_lift(net, x, target, options, draws):
    return contribution(net, x, target, torch.zeros_like(x))


def layer_deep_lift(net, x, target, options, draws):
    units = contribution(net, x, target, torch.zeros_like(x), options["layer"])
    return enlarged(net.to_grid(units).sum(1, keepdim=True), x)


def deep_lift_shap(net, x, target, options, draws):
    numbers = [float(number) for number in options["baselines"].split(",")]
    return sum(contribution(net, x, target, torch.full_like(x, number)) for number in numbers) / len(numbers)


METHODS = {"deep-lift": deep_lift, "layer-deep-lift": layer_deep_lift, "deep-lift-shap": deep_lift_shap}


def note(method, net):
    return "l"
