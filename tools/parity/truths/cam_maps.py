"""Class activation maps by pytorch-grad-cam's formulas, before it stretches them to 0..1 and resizes them in float32; guided
Grad-CAM and the attributions of a layer by Captum."""

import numpy as np
import torch
from captum.attr import (
    LayerActivation,
    LayerConductance,
    LayerGradCam,
    LayerGradientXActivation,
    LayerIntegratedGradients,
)
from gradient_maps import guided_backprop, rectifiers
from pytorch_grad_cam import EigenCAM, EigenGradCAM, GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, XGradCAM
from torch import nn
from torch.nn.functional import interpolate

CAMS = {
    "grad-cam": GradCAM,
    "grad-cam-plus-plus": GradCAMPlusPlus,
    "hires-cam": HiResCAM,
    "layer-cam": LayerCAM,
    "x-grad-cam": XGradCAM,
    "eigen-cam": EigenCAM,
    "eigen-grad-cam": EigenGradCAM,
}


def enlarged(low, x, mode="bilinear"):
    return interpolate(low, x.shape[2:], mode=mode, **({} if mode == "nearest" else {"align_corners": False}))


def principal(values):
    """The projection that pytorch-grad-cam casts to float32; its sign is free, ours makes the largest magnitude positive."""
    rows = values[0].reshape(len(values[0]), -1).T
    rows = rows - rows.mean(0)
    _, _, directions = np.linalg.svd(rows, full_matrices=False)
    low = rows @ directions[0]
    low = -low if abs(low.min()) > abs(low.max()) else low
    return low.reshape(1, *values.shape[2:])


def cam(kind):
    def attribute(net, x, target, options, draws):
        # `modular`, since some of torchvision's blocks change a layer's value in place behind it.
        model = net.form("modular", x.dtype)
        module = model.get_submodule(options["layer"])
        with GradCAM(model, [module], net.to_grid) as peer:
            x = x.requires_grad_()
            peer.activations_and_grads(x)[0, target].sum().backward()
            seen = peer.activations_and_grads
            activation, gradient = seen.activations[0].numpy(), seen.gradients[0].numpy()
        if kind == "eigen-cam":
            low = principal(activation)
        elif kind == "eigen-grad-cam":
            low = principal(activation * gradient)
        else:
            with CAMS[kind](model, [module], net.to_grid) as peer:
                low = peer.get_cam_image(x, module, None, activation, gradient, False)
        return enlarged(torch.from_numpy(np.maximum(low, 0))[:, None].to(x.dtype), x)

    return attribute


def value_of(model, layer, x):
    """A layer's value and the scores."""
    seen = []
    handle = model.get_submodule(layer).register_forward_hook(lambda module, into, out: seen.append(out))
    scores = model(x)
    handle.remove()
    return seen[0], scores


def scored(model, variants, target):
    return torch.cat([model(part)[:, target[0]] for part in variants.split(16)])


def score_cam(net, x, target, options, draws):
    """pytorch-grad-cam's formula, whose scores and weights are float32 there."""
    model = net.form("modular", x.dtype)
    with torch.no_grad():
        grid = net.to_grid(value_of(model, options["layer"], x)[0])
        masks = interpolate(grid - grid.amin((2, 3), keepdim=True), x.shape[2:], mode="bilinear", align_corners=True)[0]
        least, most = masks.amin((1, 2), keepdim=True), masks.amax((1, 2), keepdim=True)
        masks = (masks - least) / (most - least + 1e-8)
        weights = scored(model, x * masks[:, None], target).softmax(0)
        return enlarged((weights[None, :, None, None] * grid).sum(1, keepdim=True).relu(), x)


def ablation_cam(net, x, target, options, draws):
    """The paper's formula: a channel is switched off by zeros."""
    model = net.form("modular", x.dtype)
    module = model.get_submodule(options["layer"])
    with torch.no_grad():
        value, scores = value_of(model, options["layer"], x)
        whole = scores[0, target[0]]
        axis = {"swin_t": 3, "vit_b_16": 2}.get(net.name, 1)
        weights = []
        for channels in torch.arange(value.shape[axis]).split(16):
            variants = value.repeat(len(channels), *[1] * (value.ndim - 1))
            for row, channel in enumerate(channels):
                variants[row].select(axis - 1, channel).zero_()
            handle = module.register_forward_hook(lambda *_: variants)
            weights.append((whole - model(x.expand(len(channels), -1, -1, -1))[:, target[0]]) / whole)
            handle.remove()
        weights = torch.cat(weights)
        return enlarged((weights[None, :, None, None] * net.to_grid(value)).sum(1, keepdim=True).relu(), x)


def guided_grad_cam(net, x, target, options, draws):
    model = net.form("modular", x.dtype)
    low = cam_low(net, x, target, options)
    return guided_backprop(net, x, target, {}, draws) * enlarged(low, x, "nearest")


def cam_low(net, x, target, options):
    model = net.form("modular", x.dtype)
    return LayerGradCam(model, model.get_submodule(options["layer"])).attribute(x, target=target, relu_attributions=True)


def of_layer(make):
    def attribute(net, x, target, options, draws):
        model = net.form("modular", x.dtype)
        units = make(model, model.get_submodule(options["layer"]), x, target, options)
        return enlarged(net.to_grid(units).sum(1, keepdim=True), x)

    return attribute


METHODS = {
    **{kind: cam(kind) for kind in CAMS},
    "score-cam": score_cam,
    "ablation-cam": ablation_cam,
    "guided-grad-cam": guided_grad_cam,
    "layer-activation": of_layer(lambda model, module, x, target, options: LayerActivation(model, module).attribute(x)),
    "gradient-x-activation": of_layer(
        lambda model, module, x, target, options: LayerGradientXActivation(model, module).attribute(x, target=target)
    ),
    "layer-integrated-gradients": of_layer(
        lambda model, module, x, target, options: LayerIntegratedGradients(model, module).attribute(
            x, torch.zeros_like(x), target=target, n_steps=options["n"]
        )
    ),
    "conductance": of_layer(
        lambda model, module, x, target, options: LayerConductance(model, module).attribute(
            x, torch.zeros_like(x), target=target, n_steps=options["n"], method="riemann_trapezoid"
        )
    ),
}


def note(method, net):
    if method == "guided-grad-cam":
        kinds = rectifiers(net)
        if not kinds:
            return "-no rectifier: refused"
        return "m6" if nn.ReLU6 in kinds else "m"
    if method in ("score-cam", "ablation-cam"):
        return "w"
    if method.startswith("eigen"):
        return "e"
    return "m" if method in METHODS and method not in CAMS else ""
