"""Methods that draw, by the peers with draws of their own: what their maps are on average, over many runs in float64.

    draws.py DIR

Writes DIR/model.onnx, a network small enough for thousands of passes, and DIR/draws.json: for each method the options that ours
gets, the mean of each place over the runs and its standard error, and how far runs are from their mean. Captum and Zennit where
they have the method as ours has it; for lime scikit-learn's Ridge, for rise the definition. Shapley values are exact.
"""

import itertools
import json
import pathlib
import sys
import warnings

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE)]

import numpy as np  # noqa: E402
import perturbation_maps  # noqa: E402
import torch  # noqa: E402
from captum.attr import GradientShap, KernelShap, NoiseTunnel, Saliency  # noqa: E402
from sklearn.linear_model import Ridge  # noqa: E402
from torch import nn  # noqa: E402
from zennit.attribution import SmoothGrad  # noqa: E402

TARGET, SIDE, GRID, RUNS = 1, 8, "3x3", 300


def network():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.GELU(), nn.Conv2d(6, 8, 3, stride=2), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4),
    )
    for parameter in model.parameters():
        # Steeper than initial weights are, or the scores are nearly linear and every draw has the same map.
        parameter.data *= 3
    return model.eval().requires_grad_(False)


def soft_masks(draw, count, cells, probability=0.5):
    """RISE's: cells of 0 and 1, one more than asked along each side, enlarged bilinearly, cut at a random shift."""
    low = (draw.random((count, cells + 1, cells + 1)) < probability).astype(float)

    def weights():
        place = (np.arange(SIDE) + 0.5) * cells / SIDE - 0.5 + draw.random((count, 1))
        tent = 1 - np.abs(place.clip(0, cells)[:, :, None] - np.arange(cells + 1))
        return tent.clip(0)

    return np.einsum("nya,nab,nxb->nyx", weights(), low, weights())


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    model = network()
    draw = torch.Generator().manual_seed(6)
    image, baselines = torch.randn(1, 3, SIDE, SIDE, generator=draw), torch.randn(3, 3, SIDE, SIDE, generator=draw)
    torch.onnx.export(model, (image,), out / "model.onnx", dynamo=False, input_names=["input"], output_names=["output"],
                      dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}})
    net, x = model.double(), image.double()
    labels = perturbation_maps.cells(GRID, SIDE, SIDE)
    count = int(labels.max()) + 1
    score = lambda images: net(images)[:, TARGET].numpy()

    def played(coalitions):
        on = torch.as_tensor(np.asarray(coalitions))[:, labels].unsqueeze(1).bool()
        return score(torch.where(on, x, torch.zeros(())))

    every = np.array(list(itertools.product((0, 1), repeat=count)))
    place = 2 ** np.arange(count)[::-1]
    scores = played(every)
    numbers = np.random.default_rng(8)
    cases = []

    def case(name, method, options, peer, run):
        maps = np.stack([np.asarray(run(), float).ravel() for _ in range(RUNS)])
        far = ((maps - maps.mean(0)) ** 2).sum(1) * RUNS / (RUNS - 1)
        cases.append({
            "name": name, "method": method, "options": options, "peer": peer,
            "mean": maps.mean(0).tolist(), "error": (maps.std(0, ddof=1) / RUNS**0.5).tolist(),
            "spread": far.mean(), "spreadError": far.std(ddof=1) / RUNS**0.5,
        })

    spread = (x.amax() - x.amin()).item()
    noisy = SmoothGrad(net, noise_level=0.1, n_iter=10, attr_output=lambda output: torch.eye(4).double()[[TARGET]])
    case("smooth-grad", "smooth-grad", {"n": 10, "noise": 0.1}, "Zennit", lambda: noisy(x.clone())[1])
    tunnel = NoiseTunnel(Saliency(net))
    for form, kind in (("mean", "smoothgrad"), ("squared", "smoothgrad_sq"), ("variance", "vargrad")):
        case(f"smooth-grad, {form}, every copy noisy", "smooth-grad", {"n": 10, "noise": 0.1, "form": form, "clean": False}, "Captum",
             lambda: tunnel.attribute(x, nt_type=kind, nt_samples=10, stdevs=0.1 * spread, target=TARGET, abs=False).detach())
    expected = GradientShap(net)
    case("gradient-shap, noise", "gradient-shap", {"n": 10, "deviation": 0.3}, "Captum",
         lambda: expected.attribute(x, torch.zeros_like(x), 10, 0.3, target=TARGET).detach())
    case("gradient-shap, three baselines", "gradient-shap", {"n": 10, "baseline": "given"}, "Captum",
         lambda: expected.attribute(x, baselines.double(), 10, 0.0, target=TARGET).detach())

    def lime():
        z = np.vstack([np.ones(count), numbers.integers(0, 2, (99, count))])
        near = np.sqrt(np.exp(-((1 - np.sqrt(z.mean(1))) ** 2) / 0.25**2))
        fitted = Ridge(alpha=1).fit(z, scores[(z @ place).astype(int)], sample_weight=near)
        return fitted.coef_[labels.numpy()]

    case("lime", "lime", {"grid": GRID, "samples": 100}, "scikit-learn", lime)
    kernel = KernelShap(net)
    case("kernel-shap", "kernel-shap", {"grid": GRID, "samples": 60}, "Captum",
         # Captum counts the whole image and nothing among its samples.
         lambda: kernel.attribute(x, target=TARGET, feature_mask=labels[None, None], n_samples=62, perturbations_per_eval=62)[:, 0])

    def rise():
        masks = soft_masks(numbers, 100, 4)
        weighed = score(x * torch.from_numpy(masks)[:, None])
        return np.tensordot(weighed, masks, 1) / (100 * 0.5)

    case("rise", "rise", {"cells": 4, "samples": 100}, "its definition", rise)

    values = np.zeros(count)
    share = [1 / (count * len(list(itertools.combinations(range(count - 1), size)))) for size in range(count)]
    for coalition, value in zip(every, scores):
        for feature in np.flatnonzero(coalition == 0):
            values[feature] += share[coalition.sum()] * (scores[coalition @ place + place[feature]] - value)
    options = {"grid": GRID, "samples": 10}
    cases.append({"name": "shapley-value-sampling", "method": "shapley-value-sampling", "options": options, "peer": "all coalitions",
                  "mean": values[labels.numpy()].ravel().tolist()})
    (out / "draws.json").write_text(json.dumps({
        "input": image.flatten().tolist(), "shape": list(image.shape), "target": TARGET,
        "baselines": {"data": baselines.flatten().tolist(), "shape": list(baselines.shape)}, "cases": cases,
    }))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.manual_seed(9)
    np.random.seed(9)
    torch.set_num_threads(1)
    main(pathlib.Path(sys.argv[1]))
