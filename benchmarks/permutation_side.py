"""SciPy's and NumPy's side of the permutation rows of `pnpm bench`: answers one JSON request a line, as torch_side.py does.

    permutation_side.py SCORES GROUPS IMAGES PERMUTATIONS --threads 2
                              SCORES: raw float64 [images, columns], GROUPS: raw uint8, 1 for group A

Student's t or the difference of means for all columns at once, and p and max-T p from it.
"""

import argparse
import base64
import json
import os
import sys
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("scores")
parser.add_argument("groups")
parser.add_argument("images", type=int)
parser.add_argument("permutations", type=int)
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()
# Read when NumPy is imported.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(arguments.threads)

import numpy as np  # noqa: E402
import scipy  # noqa: E402
from scipy import stats  # noqa: E402

scores = np.fromfile(arguments.scores, np.float64).reshape(arguments.images, -1)
in_a = np.fromfile(arguments.groups, np.uint8).astype(bool)
count = arguments.permutations


def student(x, y, axis):
    n, m = x.shape[axis], y.shape[axis]
    pooled = (n * x.var(axis) + m * y.var(axis)) / (n + m - 2)
    return (x.mean(axis) - y.mean(axis)) / np.sqrt(pooled * (1 / n + 1 / m))


def mean_difference(x, y, axis):
    return x.mean(axis) - y.mean(axis)


def corrected(null, observed):
    """p of each column by itself, then max-T p."""
    null, observed = np.abs(null), np.abs(observed) * (1 - 1e-12)
    by_itself = (null >= observed).sum(0)
    largest = (null.max(1)[:, None] >= observed).sum(0)
    return (1 + np.concatenate([by_itself, largest])) / (1 + count)


def with_scipy(statistic):
    def run(batch):
        groups = scores.T[:, in_a], scores.T[:, ~in_a]
        result = stats.permutation_test(
            groups, statistic, vectorized=True, axis=-1, n_resamples=count, batch=batch, rng=1
        )
        return corrected(result.null_distribution, result.statistic)

    return run


def with_numpy(batch):
    """The matrix product by hand: given the scores, t grows with the correlation of groups and scores."""
    rng = np.random.default_rng(1)
    weights = scores - scores.mean(0)
    weights /= np.sqrt((weights**2).sum(0))
    row = in_a.astype(float)
    null = np.empty((count, weights.shape[1]))
    for start in range(0, count, batch):
        size = min(batch, count - start)
        labels = rng.permuted(np.broadcast_to(row, (size, len(row))), axis=1)
        null[start : start + size] = labels @ weights
    return corrected(null, row @ weights)


def fastest(run):
    """Arrangements at a time, whichever is fastest here."""

    def seconds(batch):
        start = time.perf_counter()
        run(batch)
        return time.perf_counter() - start

    return min((100, 1000, 10_000), key=seconds)


runs = {"scipy": with_scipy(student), "scipy means": with_scipy(mean_difference), "numpy": with_numpy}
batches = {}


def answer(request):
    if request["ask"] == "versions":
        return {"python": sys.version.split()[0], "scipy": scipy.__version__, "numpy": np.__version__}
    run = runs[request["what"]]
    if request["what"] not in batches:
        batches[request["what"]] = fastest(run)
    batch = batches[request["what"]]
    if request["ask"] == "result":
        return {"values": base64.b64encode(run(batch).astype(np.float32).tobytes()).decode()}
    if request["warm"]:
        run(batch)
    times = []
    for _ in range(request["count"]):
        start = time.perf_counter()
        run(batch)
        times.append(1e3 * (time.perf_counter() - start))
    return {"times": times, "processor": 1e3 * time.process_time()}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
