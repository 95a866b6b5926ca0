"""Golden cases for the procedures of @regional-saliency/methods: writes packages/methods/test/golden-perturbation/plain.json.

Run from the repository root, after methods.py: python tools/reference/perturbation.py

The network and its images are `plain` of methods.py; all is float64. FeatureAblation is Captum's. Its Occlusion and
ShapleyValueSampling sum in float32, hence the file has the same sums in float64, and Captum's are checked against them here. KernelShap: the regression with its constraint, by its Karush-Kuhn-Tucker equations; Captum's, which gives the
constraint a weight of 1e6 instead, is checked against it here. Lime: Ridge of scikit-learn, as the authors' code has it.
"""

import base64
import itertools
import json

import numpy as np
import onnx
import torch
from captum.attr import FeatureAblation, KernelShap, Occlusion, ShapleyValueSampling
from methods import CLASSES, FIXTURES, Plain, packed
from onnx import numpy_helper
from sklearn.linear_model import Ridge

OUT = FIXTURES.parent / "golden-perturbation"
FEATURES = 6
OCCLUSIONS = [
    {"window": [3, 3], "stride": [2, 2], "baseline": 0},
    {"window": [4, 4], "stride": [3, 3], "baseline": 0.25},
    {"window": [5, 2], "stride": [4, 1], "baseline": -0.5},
]


def network():
    model = Plain().double()
    weights = {
        each.name: torch.from_numpy(numpy_helper.to_array(each).copy()).double()
        for each in onnx.load(FIXTURES / "plain.onnx").graph.initializer
    }
    state = {name: weights[name] for name in model.state_dict()}
    model.load_state_dict(state)
    return model.eval().requires_grad_(False)


def inputs():
    entry = json.loads((FIXTURES / "plain.json").read_text())["input"]
    data = np.frombuffer(base64.b64decode(entry["data"]), dtype="<f4")
    return torch.from_numpy(data.reshape(entry["shape"]).copy()).double()


def by_target(attribute):
    """[targets, images, ...]"""
    return packed(torch.stack([attribute(target) for target in range(CLASSES)]))


def scores(model, image, mask, coalitions, target):
    on = torch.as_tensor(coalitions, dtype=torch.float64)[:, mask].unsqueeze(1)
    return model(image * on)[:, target].numpy()


def main():
    torch.manual_seed(7)
    model, x = network(), inputs()
    height, width = x.shape[2:]
    mask = torch.randint(0, FEATURES, (height, width))
    assert len(mask.unique()) == FEATURES
    rng = np.random.default_rng(7)
    orders = [rng.permutation(FEATURES).tolist() for _ in range(5)]
    coalitions = []
    while len(coalitions) < 40:
        coalition = rng.integers(0, 2, FEATURES)
        if 0 < coalition.sum() < FEATURES:
            coalitions.append(coalition.tolist())

    def occlusion(case):
        (down, right), (stride_down, stride_right) = case["window"], case["stride"]
        peer = Occlusion(model)
        sizes = (x.shape[1], down, right), (x.shape[1], stride_down, stride_right)

        def one(target):
            falls, covers = torch.zeros_like(x), torch.zeros_like(x)
            for top in range(0, height - down + stride_down, stride_down):
                for left in range(0, width - right + stride_right, stride_right):
                    window = torch.zeros_like(x)
                    window[:, :, top : top + down, left : left + right] = 1
                    covered = x * (1 - window) + case["baseline"] * window
                    fall = (model(x) - model(covered))[:, target]
                    falls += fall[:, None, None, None] * window
                    covers += window
            ours = falls / covers
            captum = peer.attribute(x, *sizes, case["baseline"], target=target)
            assert (captum - ours).abs().max() < 1e-6 * ours.abs().max(), "Captum's Occlusion"
            return ours

        return by_target(one)

    def spread(values):
        """[images, features] -> [images, 1, H, W]"""
        return torch.as_tensor(np.stack(values))[:, mask].unsqueeze(1)

    def sampled(target):
        values = []
        for image in x:
            value = np.zeros(FEATURES)
            for order in orders:
                shown = np.array([[f in order[:k] for f in range(FEATURES)] for k in range(FEATURES + 1)])
                steps = np.diff(scores(model, image, mask, shown, target))
                value[order] += steps / len(orders)
            values.append(value)
        peer = ShapleyValueSampling(model)
        peer.permutation_generator = lambda *_: iter(orders)
        captum = peer.attribute(x, target=target, feature_mask=mask[None, None], n_samples=len(orders))
        ours = spread(values)
        assert (captum[:, :1] - ours).abs().max() < 1e-5 * ours.abs().max()
        return ours

    def kernel(target):
        values = []
        for image in x:
            z = np.array(coalitions, dtype=float)
            none, whole = scores(model, image, mask, [[0] * FEATURES, [1] * FEATURES], target)
            y = scores(model, image, mask, coalitions, target) - none
            ones = np.ones((1, FEATURES))
            system = np.block([[2 * z.T @ z, ones.T], [ones, np.zeros((1, 1))]])
            solved = np.linalg.solve(system, np.concatenate([2 * z.T @ y, [whole - none]]))
            values.append(solved[:-1])
            peer = KernelShap(model)

            def given(*_, **__):
                yield torch.ones(1, FEATURES, dtype=torch.long)
                yield torch.zeros(1, FEATURES, dtype=torch.long)
                yield from (torch.tensor([each]) for each in coalitions)
                # Captum asks for one more than it uses.
                yield from itertools.repeat(torch.ones(1, FEATURES, dtype=torch.long))

            peer.perturb_func = given
            captum = peer.attribute(
                image[None], target=target, feature_mask=mask[None, None], n_samples=len(coalitions) + 2
            )
            ours = torch.as_tensor(solved[:-1])[mask]
            assert (captum[0, 0] - ours).abs().max() < 1e-3 * ours.abs().max(), "Captum's KernelShap"
        return spread(values)

    def lime(target):
        values = []
        for image in x:
            z = np.array(coalitions, dtype=float)
            y = scores(model, image, mask, coalitions, target)
            distance = 1 - z.sum(1) / np.sqrt(z.sum(1) * FEATURES)
            near = np.sqrt(np.exp(-(distance**2) / 0.25**2))
            values.append(Ridge(alpha=1, fit_intercept=True).fit(z, y, sample_weight=near).coef_)
        return spread(values)

    ablate = FeatureAblation(model)
    golden = {
        "regions": mask.tolist(),
        "orders": orders,
        "coalitions": coalitions,
        "occlusion": [{**case, "expected": occlusion(case)} for case in OCCLUSIONS],
        "feature-ablation": by_target(
            lambda t: ablate.attribute(x, target=t, feature_mask=mask[None, None])[:, :1]
        ),
        "shapley-value-sampling": by_target(sampled),
        "kernel-shap": by_target(kernel),
        "lime": by_target(lime),
    }
    OUT.mkdir(exist_ok=True)
    (OUT / "plain.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
