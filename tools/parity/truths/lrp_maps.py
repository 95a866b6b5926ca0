"""LRP by Zennit, and by lxt's rules where there is attention."""

import torch
from gradient_maps import one_hot
from models import MatMul, Softmax
from torch import nn
from zennit.attribution import Gradient
from zennit.composites import (
    EpsilonAlpha2Beta1,
    EpsilonAlpha2Beta1Flat,
    EpsilonGammaBox,
    EpsilonPlus,
    EpsilonPlusFlat,
    ExcitationBackprop,
    LayerMapComposite,
    layer_map_base,
)
from zennit.core import stabilize
from zennit.layer import Sum
from zennit.rules import Gamma, Pass
from zennit.torchvision import ResNetCanonizer, VGGCanonizer

try:
    from lxt.explicit import functional as lxt

    # lxt adds its ε without a sign; here it gets Zennit's stabilizer.
    lxt._stabilize = lambda value, epsilon=1e-6, inplace=False: stabilize(value, 1e-6)
except ImportError:
    lxt = None

RESNETS = ("resnet18", "resnet50", "trained")


def by(composite, passing=True):
    """A composite with Zennit's own canonizer where it has one; else on the network with every step as a module."""

    def attribute(net, x, target, options, draws):
        canonizers = {**dict.fromkeys(RESNETS, ResNetCanonizer), "vgg16_bn": VGGCanonizer}
        own = canonizers.get(net.name)
        # Ours passes relevance through norms that are not folded and through softmax, as Zennit does through batch norms.
        extra = [((nn.LayerNorm, Softmax), Pass())] if passing else []
        made = composite(x, layer_map=extra, canonizers=[own()] if own else [])
        with Gradient(net.form("plain" if own else "merged", x.dtype), made, attr_output=one_hot(target)) as attributor:
            return attributor(x)[1]

    return attribute


def low_and_high(x):
    return {"low": x.amin((2, 3), keepdim=True), "high": x.amax((2, 3), keepdim=True)}


class Masked(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, mask):
        ctx.save_for_backward(mask)
        return x.clone()

    @staticmethod
    def backward(ctx, r):
        return r * ctx.saved_tensors[0], None


def crp(net, x, target, options, draws):
    """Relevance through some channels of a layer only."""
    channels = [int(channel) for channel in options["channels"].split(",")]
    form = "plain" if net.name in (*RESNETS, "vgg16_bn") else "merged"

    def hook(module, into, out):
        axis = 2 if out.ndim == 3 else 1
        mask = torch.zeros(out.shape[axis], dtype=out.dtype)
        mask[channels] = 1
        return Masked.apply(out, mask.reshape([-1 if at == axis else 1 for at in range(out.ndim)]))

    # Before Zennit's hooks, so that the mask lies behind the layer.
    handle = net.form(form, x.dtype).get_submodule(options["layer"]).register_forward_hook(hook)
    try:
        return by(lambda x, **given: EpsilonPlusFlat(**given))(net, x, target, options, draws)
    finally:
        handle.remove()


class Lxt:
    """The modules of attention and norms, replaced by lxt's rules while relevance is computed."""

    def __init__(self, model):
        self.model, self.old = model, []

    def __enter__(self):
        def set_forward(module, forward):
            self.old.append(module)
            module.forward = forward

        for module in self.model.modules():
            if isinstance(module, MatMul):
                set_forward(module, lambda a, b: lxt.matmul(a, b))
            elif isinstance(module, Softmax):
                set_forward(module, lambda x: lxt.softmax(x, -1))
            elif isinstance(module, nn.LayerNorm):
                set_forward(module, lambda x, norm=module: lxt.layer_norm(x, norm.weight, norm.bias, norm.eps))
            elif isinstance(module, Sum):
                set_forward(module, lambda x: lxt.add2(*x.unbind(-1)))

    def __exit__(self, *_):
        for module in self.old:
            del module.forward


def attn_lrp(net, x, target, options, draws):
    own = (nn.LayerNorm, Softmax, MatMul)
    base = layer_map_base(1e-6)
    transformer = any(isinstance(module, own) for module in net.form("merged", x.dtype).modules())
    if transformer:
        base = [(types, hook) for types, hook in base if types is not Sum]
    table = [
        *base,
        ((nn.Conv2d,), Gamma(0.25)),
        ((nn.Linear,), Gamma(torch.tensor(0.05, dtype=torch.float32).item())),
    ]
    model = net.form("merged", x.dtype)
    if not transformer:
        with Gradient(model, LayerMapComposite(table), attr_output=one_hot(target)) as attributor:
            return attributor(x)[1]
    with Lxt(model), Gradient(model, LayerMapComposite(table), attr_output=one_hot(target)) as attributor:
        return attributor(x)[1]


METHODS = {
    "lrp-epsilon-plus": by(lambda x, **given: EpsilonPlus(**given)),
    "lrp-epsilon-plus-flat": by(lambda x, **given: EpsilonPlusFlat(**given)),
    "lrp-epsilon-alpha2-beta1": by(lambda x, **given: EpsilonAlpha2Beta1(**given)),
    "lrp-epsilon-alpha2-beta1-flat": by(lambda x, **given: EpsilonAlpha2Beta1Flat(**given)),
    "lrp-epsilon-gamma-box": by(lambda x, **given: EpsilonGammaBox(**low_and_high(x), **given)),
    "excitation-backprop": by(lambda x, **given: ExcitationBackprop(**given), passing=False),
    "attn-lrp": attn_lrp,
    "crp": crp,
}


def note(method, net):
    letters = ""
    transformer = net.name in ("vit_b_16", "swin_t")
    if net.name not in (*RESNETS, "vgg16_bn") or method == "attn-lrp":
        letters += "s"
    if net.name in ("mobilenet_v3_large", "efficientnet_b0"):
        letters += "g"
    if net.name == "convnext_tiny" or transformer:
        letters += "f"
    if method == "attn-lrp" and net.name in ("convnext_tiny", "vit_b_16", "swin_t"):
        if lxt is None:
            return "-lxt is not installed"
        letters += "x"
    elif transformer or net.name == "convnext_tiny":
        letters += "n"
    if method == "crp":
        letters += "k"
    return letters
