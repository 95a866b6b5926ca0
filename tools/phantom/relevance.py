"""Where each network looks: the share of the relevance that falls on each region, by three methods.

The target is the predicted class. Relevance is taken absolute. Density is a region's share of the relevance divided by
its share of the area: 1 is what a map without any preference would get.
"""

import numpy as np
import torch
from torch.nn import functional
from zennit.attribution import Gradient
from zennit.composites import EpsilonPlus
from zennit.torchvision import ResNetCanonizer

REGIONS = {"rest": 0, "right-lung": 1, "left-lung": 2, "heart": 3, "marker": 4}


def gradient(net, x, target):
    x = x.clone().requires_grad_()
    net(x).gather(1, target[:, None]).sum().backward()
    return x.grad.abs().sum(1)


def grad_cam(net, x, target):
    """Selvaraju et al. 2017, at layer3, bilinear to the image's size."""
    kept = []
    hook = net.layer3.register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    logits = net(x)
    hook.remove()
    activation = kept[0]
    (grad,) = torch.autograd.grad(logits.gather(1, target[:, None]).sum(), activation)
    cam = (grad.mean((2, 3), keepdim=True) * activation).sum(1, keepdim=True).relu()
    return functional.interpolate(cam, x.shape[2:], mode="bilinear", align_corners=False)[:, 0].detach()


def epsilon_plus(net, x, target):
    """Zennit's EpsilonPlus: z+ for convolutions, epsilon for the linear layer, batch norms folded."""
    with Gradient(net, EpsilonPlus(canonizers=[ResNetCanonizer()])) as attributor:
        _, relevance = attributor(x, lambda logits: functional.one_hot(target, logits.shape[1]) * logits)
    return relevance.abs().sum(1).detach()


METHODS = {"gradient": gradient, "grad-cam": grad_cam, "lrp-epsilon-plus": epsilon_plus}


def densities(net, x, regions, affected):
    """{method: {region: density of each image, NaN where the map is zero}}, `affected` a region beside the others."""
    net = net.double().eval()
    x = x.double()
    target = net(x).argmax(1).detach()
    masks = {name: regions == label for name, label in REGIONS.items()}
    masks["lungs"] = (regions == 1) | (regions == 2)
    masks["affected"] = (regions == affected[:, None, None]) & (affected[:, None, None] > 0)
    masks["other lung"] = masks["lungs"] & ~masks["affected"] & (affected[:, None, None] > 0)
    table = {}
    for method, explain in METHODS.items():
        relevance = explain(net, x, target).numpy()
        with np.errstate(invalid="ignore", divide="ignore"):
            total = relevance.sum((1, 2))
            table[method] = {
                name: ((relevance * mask).sum((1, 2)) / total) / mask.mean((1, 2)) for name, mask in masks.items()
            }
    return table


def print_densities(title, table, labels):
    columns = ["marker", "lungs", "right-lung", "left-lung", "affected", "other lung", "heart", "rest"]
    print(f"\n{title}: density, mean over images (share of images whose densest of lungs and marker is the marker)")
    print(f"{'method':18s}{'group':11s}" + "".join(f"{name:>12s}" for name in columns) + f"{'marker first':>14s}")
    for method, by_region in table.items():
        for label, group in enumerate(["normal", "pneumonia"]):
            chosen = labels == label
            seen = np.isfinite(by_region["marker"][chosen])
            values = [by_region[name][chosen][seen] for name in columns]
            first = np.mean(values[0] > values[1]) if seen.any() else np.nan
            empty = f"  ({(~seen).sum()} zero maps)" if not seen.all() else ""
            cells = "".join("           -" if not np.isfinite(v).any() else f"{np.mean(v):12.2f}" for v in values)
            print(f"{method:18s}{group:11s}{cells}{first:14.2f}{empty}")
