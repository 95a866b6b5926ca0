"""Golden cases for xrai of @regional-saliency/methods: writes packages/methods/test/golden-xrai/*.json.

Run from the repository root, after methods.py: python tools/reference/xrai.py

`plain.json` and `residual.json`: attribution and map of the networks of methods.py, with segments that are given. The ranking is
`saliency`'s own. Its integrated gradients add up in float32, so they are computed here in float64, with the constants as a
program has them (float32), and its own are checked against these.

`picture.json`: what `saliency` makes of a picture of 224 × 224, where it does not resize: the segments, and the ranking of an
attribution that is a formula, both as tests have them too.
"""

import json
from pathlib import Path

import numpy as np
import torch
from methods import CLASSES, Plain, ResNet, folded, packed, randomised
from saliency.core import xrai as peer
from saliency.core.base import INPUT_OUTPUT_GRADIENTS

FOLDER = Path(__file__).parents[2] / "packages" / "methods" / "test" / "golden-xrai"
STEPS, DIFFERENCE = 12, 5


def gradient_of(model, target):
    def call(x, call_model_args=None, expected_keys=None):
        images = torch.tensor(x.transpose(0, 3, 1, 2)).requires_grad_()
        (gradient,) = torch.autograd.grad(model(images)[:, target].sum(), images)
        return {INPUT_OUTPUT_GRADIENTS: gradient.numpy().transpose(0, 2, 3, 1)}

    return call


def attribution_of(call, image):
    """[H, W], in float64."""
    total = np.zeros_like(image)
    for end in (image.min(), image.max()):
        line = image - end
        places = (np.arange(STEPS) / (STEPS - 1)).astype(np.float32).astype(float)
        gradients = call(np.stack([end + place * line for place in places]))[INPUT_OUTPUT_GRADIENTS]
        total += gradients.sum(0) * float(np.float32(1 / STEPS)) * line / 2
    theirs = peer.XRAI()
    details = peer.XRAIParameters(steps=STEPS, return_ig_attributions=True)
    details.experimental_params["min_pixel_diff"] = DIFFERENCE
    parts = theirs.GetMaskWithDetails(image, call, segments=[np.ones(image.shape[:2], bool)], batch_size=STEPS, extra_parameters=details)
    mean = np.mean(parts.ig_attribution, axis=0)
    assert np.abs(total - mean).max() < 1e-6 * np.abs(total).max()
    return total.max(-1)


def case(name, model, seed):
    x = torch.randn(2, 2, 12, 12, generator=torch.Generator().manual_seed(100 + seed))
    net = model.double().eval().requires_grad_(False)
    draw = np.random.default_rng(seed)
    rows, columns = np.indices((12, 12))
    maps = [rows // 3 * 4 + columns // 3, rows // 6 * 2 + columns // 4, draw.integers(0, 7, (12, 12))]
    masks = [each == label for each in maps for label in range(each.max() + 1)]
    # A segment that is twice there, and a part of the image in none of them.
    masks = [mask & (rows + columns < 19) for mask in [*masks, masks[5]]]
    attributions, results = [], []
    for target in range(CLASSES):
        for image in x.double().numpy().transpose(0, 2, 3, 1):
            attribution = attribution_of(gradient_of(net, target), image)
            attributions.append(attribution)
            results.append(peer.XRAI._xrai(attribution, masks, min_pixel_diff=DIFFERENCE)[0])
    shape = (CLASSES, len(x), 1, 12, 12)
    data = {
        "input": packed(x),
        "steps": STEPS,
        "difference": DIFFERENCE,
        "masks": ["".join(str(int(each)) for each in mask.ravel()) for mask in masks],
        "attribution": packed(torch.tensor(np.array(attributions)).reshape(shape)),
        "map": packed(torch.tensor(np.array(results)).reshape(shape)),
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n")


def picture():
    """Discs and stripes with some grain, in whole numbers, [H, W, 3]."""
    y, x = np.indices((224, 224))
    discs = 90 * ((x - 70) ** 2 + (y - 80) ** 2 < 40**2) + 60 * ((x - 150) ** 2 + (y - 140) ** 2 < 55**2)
    stripes = 25 * ((x + 2 * y) // 48 % 2)
    grain = (x * 37 + y * 101 + x * y * 7) % 23
    planes = [discs + stripes + grain, discs // 2 + 2 * stripes + (3 * grain) % 19, stripes + (5 * grain + x) % 29]
    return np.stack(planes, -1).astype(float)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    case("plain", folded(randomised(Plain(), 1)), 1)
    case("residual", folded(randomised(ResNet(), 2)), 2)
    masks = peer._get_segments_felzenszwalb(picture())
    y, x = np.indices((224, 224))
    attribution = ((x * 131 + y * 57 + x * y) % 257 - 100.0) * (1 + (x + y) // 50)
    result, _ = peer.XRAI._xrai(attribution, masks)
    data = {
        "segments": [[int(mask.sum()), int(np.flatnonzero(mask).sum())] for mask in masks],
        "everySeventh": packed(torch.tensor(result[::7, ::7].copy())),
    }
    (FOLDER / "picture.json").write_text(json.dumps(data) + "\n")


if __name__ == "__main__":
    main()
