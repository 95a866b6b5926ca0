"""Golden cases for the class activation maps of @regional-saliency/methods: packages/methods/test/golden-cam/*.

Run from the repository root: python tools/reference/cam.py

The maps are pytorch-grad-cam's own formulas on float64 activations and gradients, before it stretches them to 0..1 and
resizes them in float32. What it has only in float32 is computed here in float64 and held against it: the principal
component (its SVD's result is cast, and has an arbitrary sign: here the sign of its `with_sign_correction`), and the mean
of several layers. Guided Grad-CAM is Captum's.

Networks: two of tools/reference/methods.py, a vision transformer with a class token on patches of an image that is no
square, and one that keeps channels last between its layers, as Swin does.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import torch
from captum.attr import GuidedGradCam
from methods import CLASSES, Plain, ResNet, export, folded, packed, randomised
from pytorch_grad_cam import EigenCAM, EigenGradCAM, GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, XGradCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from pytorch_grad_cam.utils.svd_on_activations import get_2d_projection_with_sign_correction
from torch import nn
from torch.nn.functional import interpolate

FOLDER = Path(__file__).parents[2] / "packages" / "methods" / "test" / "golden-cam"
CAMS = {
    "grad-cam": GradCAM,
    "grad-cam-plus-plus": GradCAMPlusPlus,
    "hires-cam": HiResCAM,
    "layer-cam": LayerCAM,
    "x-grad-cam": XGradCAM,
    "eigen-cam": EigenCAM,
    "eigen-grad-cam": EigenGradCAM,
}


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        _, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(-1, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(-1, tokens, width))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, 2)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.Tanh(), nn.Linear(2 * width, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Transformer(nn.Module):
    """Patches of 4 × 4: a grid of 3 × 4 behind a class token, which alone is read in the end."""

    def __init__(self, width=8):
        super().__init__()
        self.patches = nn.Conv2d(2, width, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(torch.zeros(1, 13, width))
        self.blocks = nn.Sequential(Block(width), Block(width))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, CLASSES)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        return self.head(self.norm(self.blocks(x))[:, 0])


class Mixer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))

    def forward(self, x):
        return x + self.mlp(self.norm(x))


class ChannelsLast(nn.Module):
    """[N, h, w, channels] between its layers; as many channels as the grid is wide, so that sizes tell nothing."""

    def __init__(self, width=4):
        super().__init__()
        self.patches = nn.Conv2d(2, width, 4, 4)
        self.blocks = nn.Sequential(Mixer(width), Mixer(width))
        self.head = nn.Linear(width, CLASSES)

    def forward(self, x):
        x = self.blocks(self.patches(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return self.head(x.mean((2, 3)))


def drawn(model, seed):
    """As `randomised`, and layer norms and tokens that do something."""
    draw = torch.Generator().manual_seed(1000 + seed)
    randomised(model, seed)
    for name, parameter in model.named_parameters():
        if "norm" in name or name in ("token", "position"):
            parameter.data.normal_(1.0 if name.endswith("weight") else 0.0, 0.5, generator=draw)
    return model


def principal(x):
    """The float64 projection that pytorch-grad-cam casts to float32."""
    maps = []
    for image in x:
        rows = image.reshape(len(image), -1).T
        rows = rows - rows.mean(0)
        _, sizes, directions = np.linalg.svd(rows, full_matrices=False)
        assert sizes[1] / sizes[0] < 0.995, "two components of nearly one size"
        low = rows @ directions[0]
        low = -low if abs(low.min()) > abs(low.max()) else low
        assert abs(abs(low.min()) / abs(low.max()) - 1) > 1e-3, "a sign that hangs on rounding"
        maps.append(low.reshape(image.shape[1:]))
    maps = np.stack(maps)
    peer = get_2d_projection_with_sign_correction(x)
    assert np.abs(maps - peer).max() <= 1e-6 * np.abs(maps).max()
    return maps


def activation_and_gradient(model, module, transform, x, target):
    with GradCAM(model, [module], transform) as cam:
        cam.activations_and_grads(x)[:, target].sum().backward()
        seen = cam.activations_and_grads
        return seen.activations[0].numpy(), seen.gradients[0].numpy()


def low_map(kind, model, module, transform, x, target):
    """One map an image at the layer's size, of either sign: float64."""
    activation, gradient = activation_and_gradient(model, module, transform, x, target)
    if kind == "eigen-cam":
        return principal(activation)
    if kind == "eigen-grad-cam":
        return principal(activation * gradient)
    with CAMS[kind](model, [module], transform) as cam:
        low = cam.get_cam_image(x, module, None, activation, gradient, False)
        assert low.dtype == np.float64
        return low


def stretched(low):
    low = low - low.min((1, 2), keepdims=True)
    return low / (1e-7 + low.max((1, 2), keepdims=True))


def enlarged(low, x, mode):
    return interpolate(torch.tensor(low)[:, None], x.shape[2:], mode=mode, **({} if mode == "nearest" else {"align_corners": False}))


def whole(kind, model, layers, transforms, x, target):
    """The whole of pytorch-grad-cam, against which the float64 map is held; it ends stretched to 0..1, in float32."""
    modules = [model.get_submodule(layer) for layer in layers]
    lows = [np.maximum(low_map(kind, model, *pair, x, target), 0) for pair in zip(modules, transforms)]
    full = torch.stack([enlarged(stretched(low), x, "bilinear") for low in lows]).mean(0)
    if kind not in ("eigen-cam", "eigen-grad-cam") and len(set(transforms)) == 1:
        with CAMS[kind](model, modules, transforms[0]) as cam:
            peer = cam(x, [ClassifierOutputTarget(target)] * len(x))
        mine = scale_cam_image(full[:, 0].numpy())
        assert np.abs(mine - peer).max() < 5e-6, (kind, layers, np.abs(mine - peer).max())
    return full


def case(name, model, layers, shape, seed, several=None, transforms={}, guided=(), default=None, given=None):
    """Maps [targets, images, 1, h, w] by method and options, as tests name them."""
    x = torch.randn(2, *shape, generator=torch.Generator().manual_seed(100 + seed))
    net, wide = model.double().eval(), x.double()
    targets = range(CLASSES)
    expected = {}

    def put(key, attribute):
        expected[key] = packed(torch.stack([torch.as_tensor(attribute(target)).detach() for target in targets]))

    for layer in layers:
        pair = (net.get_submodule(layer), transforms.get(layer))
        for kind in CAMS:
            low = lambda target: low_map(kind, net, *pair, wide, target)
            put(f"{kind} {layer} relu=false upsample=none", lambda target: low(target)[:, None])
            for target in targets:
                whole(kind, net, [layer], [pair[1]], wide, target)
    first = (net.get_submodule(layers[0]), transforms.get(layers[0]))
    kept = lambda target: np.maximum(low_map("layer-cam", net, *first, wide, target), 0)
    for mode in ("bilinear", "bicubic", "nearest"):
        put(f"layer-cam {layers[0]} relu=true upsample={mode}", lambda target: enlarged(kept(target), wide, mode))
    if several:
        for kind in CAMS:
            of = [transforms.get(layer) for layer in several]
            put(f"{kind} {','.join(several)} relu=true upsample=bilinear",
                lambda target: whole(kind, net, several, of, wide, target))
    for layer in guided:
        for mode in ("nearest", "bilinear", "bicubic"):
            attribution = GuidedGradCam(net, net.get_submodule(layer))
            put(f"guided-grad-cam {layer} upsample={mode}",
                lambda target: attribution.attribute(wide.clone(), target=target, interpolate_mode=mode))
    data = {"input": packed(x), "defaultLayer": default, "expected": expected}
    (FOLDER / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n")


def tokens_to_grid(tensor):
    return tensor[:, 1:].reshape(len(tensor), 3, 4, -1).permute(0, 3, 1, 2)


def last_to_grid(tensor):
    return tensor.permute(0, 3, 1, 2)


def main():
    warnings.simplefilter("ignore")
    FOLDER.mkdir(parents=True, exist_ok=True)
    plain = folded(randomised(Plain(), 1))
    case("plain", plain, ["3", "1"], (2, 12, 12), 1, several=["1", "5"], guided=["3"], default="5")
    residual = folded(randomised(ResNet(), 2))
    case("residual", residual, ["layer2", "layer1"], (2, 12, 12), 2, several=["layer1", "layer2"], guided=["layer2"], default="layer2")

    for name, model, layers, transform, several, default in (
        ("transformer", Transformer(), ["blocks.0", "blocks.1.norm1", "patches"], tokens_to_grid, ["blocks.0", "blocks.1.norm1"], "blocks.1.norm1"),
        ("channels-last", ChannelsLast(), ["blocks.0", "blocks.1", "patches"], last_to_grid, ["blocks.0", "blocks.1"], "blocks.1"),
    ):
        model = drawn(model, 7).eval()
        export(model, (2, 12, 16), name, "torchscript", folder=FOLDER)
        export(model, (2, 12, 16), f"{name}-dynamo", "dynamo", folder=FOLDER)
        transforms = {layer: transform for layer in layers if layer != "patches"}
        case(name, model, layers, (2, 12, 16), 7, several, transforms, default=default)


if __name__ == "__main__":
    main()
