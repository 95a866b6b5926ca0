"""Methods that perturb the image: Captum where its sums allow (it sums Occlusion and Shapley values in float32 whatever the
model), else the definition. What is random is drawn here and given to both sides."""

import itertools
import math

import numpy as np
import torch
from captum.attr import FeatureAblation, Occlusion
from sklearn.linear_model import Ridge
from torch.nn.functional import interpolate


def cells(grid, height, width):
    """Labels [H, W]: cell i of n begins at ⌊i · size / n⌋."""
    rows, columns = (int(part) for part in grid.split("x"))
    of = lambda size, n: np.searchsorted([i * size // n for i in range(1, n)], np.arange(size), side="right")
    return torch.from_numpy(of(height, rows)[:, None] * columns + of(width, columns)[None, :])


def score(net, images, target, batch=8):
    model = net.form("plain", images.dtype)
    with torch.no_grad():
        return torch.cat([model(part)[:, target[0]] for part in images.split(batch)])


def games(net, x, target, labels, coalitions, filled):
    on = torch.as_tensor(np.asarray(coalitions))[:, labels].unsqueeze(1).to(torch.bool)
    return score(net, torch.where(on, x, filled), target).numpy()


def spread(values, labels, x):
    return torch.as_tensor(np.asarray(values))[labels][None, None].to(x.dtype)


def occlusion(net, x, target, options, draws):
    """By its definition, windows over the edge cut; Captum's own for float32."""
    window, stride = options["window"], options["stride"]
    if x.dtype == torch.float32:
        peer = Occlusion(net.form("plain", x.dtype))
        with torch.no_grad():
            return peer.attribute(x, (3, window, window), (3, stride, stride), 0, target=target, perturbations_per_eval=4)
    height, width = x.shape[2:]
    starts = lambda size: range(0, math.ceil((size - window) / stride) * stride + 1, stride)
    masks = []
    for top, left in itertools.product(starts(height), starts(width)):
        mask = torch.zeros(height, width, dtype=x.dtype)
        mask[top : top + window, left : left + window] = 1
        masks.append(mask)
    masks = torch.stack(masks)
    falls = score(net, x, target) - score(net, x * (1 - masks[:, None]), target)
    return ((falls[:, None, None] * masks).sum(0) / masks.sum(0))[None, None].expand_as(x)


def feature_ablation(net, x, target, options, draws):
    labels = cells(options["grid"], *x.shape[2:])
    with torch.no_grad():
        whole = FeatureAblation(net.form("plain", x.dtype)).attribute(x, target=target, feature_mask=labels[None, None])
    return whole[:, :1]


def region_shapley(net, x, target, options, draws):
    labels = cells(options["grid"], *x.shape[2:])
    count = int(labels.max()) + 1
    coalitions = np.array(list(itertools.product((0, 1), repeat=count)))
    filled = x.mean((2, 3), keepdim=True).expand_as(x)
    value = dict(zip(map(tuple, coalitions), games(net, x, target, labels, coalitions, filled)))
    values = np.zeros(count, x.numpy().dtype)
    for coalition in coalitions:
        size = int(coalition.sum())
        for feature in np.flatnonzero(coalition == 0):
            larger = coalition.copy()
            larger[feature] = 1
            weight = 1 / (count * math.comb(count - 1, size))
            values[feature] += weight * (value[tuple(larger)] - value[tuple(coalition)])
    return spread(values, labels, x)


def shapley_value_sampling(net, x, target, options, draws):
    labels = cells(options["grid"], *x.shape[2:])
    count = int(labels.max()) + 1
    values = np.zeros(count, x.numpy().dtype)
    orders = draws["orders"].astype(int)
    for order in orders:
        shown = np.array([[feature in order[:k] for feature in range(count)] for k in range(count + 1)])
        values[order] += np.diff(games(net, x, target, labels, shown, torch.zeros_like(x))) / len(orders)
    return spread(values, labels, x)


def kernel_shap(net, x, target, options, draws):
    """The regression with its constraint, by its Karush-Kuhn-Tucker equations."""
    labels = cells(options["grid"], *x.shape[2:])
    z = draws["coalitions"].astype(x.numpy().dtype)
    count = z.shape[1]
    both = np.stack([np.zeros(count), np.ones(count)])
    none, whole = games(net, x, target, labels, both, torch.zeros_like(x))
    y = games(net, x, target, labels, z, torch.zeros_like(x)) - none
    ones = np.ones((1, count), z.dtype)
    system = np.block([[2 * z.T @ z, ones.T], [ones, np.zeros((1, 1), z.dtype)]])
    return spread(np.linalg.solve(system, np.concatenate([2 * z.T @ y, [whole - none]]))[:-1], labels, x)


def lime(net, x, target, options, draws):
    """Ridge of scikit-learn, as the authors' code has it."""
    labels = cells(options["grid"], *x.shape[2:])
    z = draws["coalitions"].astype(x.numpy().dtype)
    y = games(net, x, target, labels, z, torch.zeros_like(x))
    distance = 1 - np.sqrt(z.mean(1))
    near = np.sqrt(np.exp(-(distance**2) / 0.25**2))
    return spread(Ridge(alpha=1, fit_intercept=True).fit(z, y, sample_weight=near).coef_, labels, x)


def rise(net, x, target, options, draws):
    masks = torch.from_numpy(draws["masks"]).to(x.dtype)
    weighed = score(net, x * masks[:, None], target)
    return ((weighed[:, None, None] * masks).sum(0) / (len(masks) * 0.5))[None, None]


def drawn(method, options, shape, generator):
    """What both sides take, the same for all images."""
    if "grid" in options:
        rows, columns = (int(part) for part in options["grid"].split("x"))
        count = rows * columns
    if method == "shapley-value-sampling":
        return {"orders": torch.stack([torch.randperm(count, generator=generator) for _ in range(options["samples"])]).float().numpy()}
    if method in ("kernel-shap", "lime"):
        chosen = torch.randint(0, 2, (options["samples"], count), generator=generator)
        chosen = chosen[(chosen.sum(1) > 0) & (chosen.sum(1) < count)]
        return {"coalitions": chosen.float().numpy()}
    if method == "rise":
        # As the authors' code: cells of 0 and 1, enlarged bilinearly, cut at a random shift.
        cell, side = options["cells"], shape[1]
        pitch = math.ceil(side / cell)
        masks = []
        for _ in range(options["samples"]):
            low = (torch.rand(1, 1, cell + 1, cell + 1, generator=generator) < 0.5).float()
            high = interpolate(low, ((cell + 1) * pitch,) * 2, mode="bilinear")[0, 0]
            top, left = torch.randint(0, pitch, (2,), generator=generator).tolist()
            masks.append(high[top : top + side, left : left + side])
        return {"masks": torch.stack(masks).numpy()}
    return {}


METHODS = {
    "occlusion": occlusion,
    "feature-ablation": feature_ablation,
    "region-shapley": region_shapley,
    "shapley-value-sampling": shapley_value_sampling,
    "kernel-shap": kernel_shap,
    "lime": lime,
    "rise": rise,
}


def note(method, net):
    return {"occlusion": "o", "feature-ablation": ""}.get(method, "d")
