"""Golden cases for score-cam and ablation-cam of @regional-saliency/methods: packages/methods/test/golden-cam-procedures/*.

Run from the repository root, after methods.py and cam.py: python tools/reference/cam_procedures.py

The formulas of pytorch-grad-cam in float64; its own, whose scores and weights are float32, are checked against them here.

AblationCAM there switches a channel off with 0 where the layer's smallest value is exactly 0, as in the paper, and else with
1e7 below the smallest. The smallest is looked for anew in each row of a batch, after the rows before it have been changed, so
row after row sinks lower and the map depends on the batch size: the one checked against is that of a batch of 1. The file has
both ways for every layer, as `value=zero` and `value=below`.
"""

import json
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import torch
from cam import ChannelsLast, Transformer, drawn, enlarged, last_to_grid, stretched, tokens_to_grid
from methods import CLASSES, Plain, ResNet, folded, packed, randomised
from pytorch_grad_cam import AblationCAM, ScoreCAM
from pytorch_grad_cam.ablation_layer import AblationLayer, AblationLayerVit
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch.nn.functional import interpolate

FOLDER = Path(__file__).parents[2] / "packages" / "methods" / "test" / "golden-cam-procedures"
BELOW = 1e7


def quiet():
    """pytorch-grad-cam draws a progress bar for every image."""
    import pytorch_grad_cam.ablation_cam as ablation
    import pytorch_grad_cam.score_cam as score

    for module in (ablation, score):
        module.tqdm.tqdm = lambda each: each


def activation_of(model, module, x):
    seen = []
    handle = module.register_forward_hook(lambda *args: seen.append(args[-1]))
    scores = model(x)
    handle.remove()
    return seen[0], scores


def replaced(model, module, activation, x):
    handle = module.register_forward_hook(lambda *_: activation)
    scores = model(x)
    handle.remove()
    return scores


def aligned(size, to):
    """Bilinear with aligned corners, its weights as float32 has them: a program's constants are float32 numbers."""
    place = np.arange(to) * (size - 1) / (to - 1)
    near = np.minimum(np.floor(place), size - 2).astype(int)
    matrix = np.zeros((to, size), dtype=np.float32)
    matrix[np.arange(to), near] = 1 - (place - near)
    matrix[np.arange(to), near + 1] = place - near
    return torch.from_numpy(matrix).double()


def score_weights(model, module, to_grid, x, target):
    grid = to_grid(activation_of(model, module, x)[0])
    (height, width), (down, right) = grid.shape[2:], x.shape[2:]
    above = grid - grid.amin((2, 3), keepdim=True)
    masks = aligned(height, down) @ above @ aligned(width, right).T
    exact = interpolate(above, x.shape[2:], mode="bilinear", align_corners=True)
    assert (masks - exact).abs().max() <= 1e-7 * exact.abs().max()
    least, most = masks.amin((2, 3), keepdim=True), masks.amax((2, 3), keepdim=True)
    masks = (masks - least) / (most - least + 1e-8)
    scores = [model(image * mask[:, None])[:, target] for image, mask in zip(x, masks)]
    return torch.stack(scores).softmax(1)


def ablation_weights(model, module, axis, value, x, target):
    activation, whole = activation_of(model, module, x)
    weights = []
    for own, image, score in zip(activation, x, whole[:, target]):
        off = 0.0 if value == "zero" or own.min() == 0 else own.min() - BELOW
        variants = own.expand(own.shape[axis], *own.shape).clone()
        for channel, variant in enumerate(variants):
            variant.select(axis, channel).fill_(off)
        lower = replaced(model, module, variants, image.expand(len(variants), -1, -1, -1))[:, target]
        weights.append((score - lower) / score)
    return torch.stack(weights)


def peer_weights(kind, model, module, transform, x, target):
    targets = [ClassifierOutputTarget(target)] * len(x)
    if kind == "score-cam":
        cam = ScoreCAM(model, [module], transform)
    else:
        layer = AblationLayer() if transform is None else AblationLayerVit()
        cam = AblationCAM(model, [module], transform, layer, batch_size=1)
    with cam:
        cam.activations_and_grads(x)
        activation = cam.activations_and_grads.activations[0].numpy()
        return cam.get_cam_weights(x, module, targets, activation, None)


def low_map(kind, model, module, transform, axis, x, target):
    """One map an image at the layer's size, of either sign."""
    to_grid = transform or (lambda tensor: tensor)
    grid = to_grid(activation_of(model, module, x)[0])
    if kind == "score-cam":
        weights = score_weights(model, module, to_grid, x, target)
    else:
        value = kind.removeprefix("ablation-cam value=")
        weights = ablation_weights(model, module, axis, value, x, target)
    least = activation_of(model, module, x)[0].flatten(1).amin(1)
    if kind != "ablation-cam value=zero" or (least == 0).all():
        peer = peer_weights(kind, model, module, transform, x, target)
        assert np.abs(weights.numpy() - peer).max() <= 2e-6 * np.abs(weights.numpy()).max(), (kind, target)
    return (weights[:, :, None, None] * grid).sum(1).numpy()


def whole(kind, model, modules, transforms, axis, x, target):
    lows = [np.maximum(low_map(kind, model, *pair, axis, x, target), 0) for pair in zip(modules, transforms)]
    full = torch.stack([enlarged(stretched(low), x, "bilinear") for low in lows]).mean(0)
    if kind == "score-cam" and len(set(transforms)) == 1:
        with ScoreCAM(model, modules, transforms[0]) as cam:
            peer = cam(x, [ClassifierOutputTarget(target)] * len(x))
        mine = scale_cam_image(full[:, 0].numpy())
        assert np.abs(mine - peer).max() < 5e-6, np.abs(mine - peer).max()
    return full


def case(name, model, layers, shape, seed, several, transform=None, axis=0):
    """Maps [targets, images, 1, h, w] by method and options, as tests name them. `patches` has its channels first."""
    x = torch.randn(2, *shape, generator=torch.Generator().manual_seed(100 + seed)).double()
    net = model.double().eval().requires_grad_(False)
    targets = range(CLASSES)
    transforms = {layer: None if layer == "patches" else transform for layer in layers}
    expected = {}

    def put(id, layers, options, attribute):
        value = {"value": id.split("value=")[1]} if "value=" in id else {}
        settings = " ".join(f"{name}={each}" for name, each in {**options, **value}.items())
        key = f"{id.split(' ')[0]} {','.join(layers)} {settings}"
        expected[key] = packed(torch.stack([torch.as_tensor(attribute(target)) for target in targets]))

    for kind in ("score-cam", "ablation-cam value=zero", "ablation-cam value=below"):
        for layer in layers:
            own = net.get_submodule(layer), transforms[layer], 0 if layer == "patches" else axis
            low = partial(low_map, kind, net, *own, x)
            put(kind, [layer], {"relu": "false", "upsample": "none"}, lambda target: low(target)[:, None])
        modules = [net.get_submodule(layer) for layer in several]
        of = [transforms[layer] for layer in several]
        put(kind, several, {"relu": "true", "upsample": "bilinear"}, partial(whole, kind, net, modules, of, axis, x))
    (FOLDER / f"{name}.json").write_text(json.dumps({"expected": expected}, indent=1) + "\n")


def main():
    warnings.simplefilter("ignore")
    quiet()
    FOLDER.mkdir(parents=True, exist_ok=True)
    case("plain", folded(randomised(Plain(), 1)), ["1", "3", "5"], (2, 12, 12), 1, ["1", "5"])
    case("residual", folded(randomised(ResNet(), 2)), ["layer1", "layer2"], (2, 12, 12), 2, ["layer1", "layer2"])
    tokens = ["blocks.0", "blocks.1.norm1", "patches"]
    case("transformer", drawn(Transformer(), 7), tokens, (2, 12, 16), 7, tokens[:2], tokens_to_grid, 1)
    stages = ["blocks.0", "blocks.1", "patches"]
    case("channels-last", drawn(ChannelsLast(), 7), stages, (2, 12, 16), 7, stages[:2], last_to_grid, 2)


if __name__ == "__main__":
    main()
