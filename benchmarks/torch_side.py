"""PyTorch's and Zennit's side of `pnpm bench`: answers one JSON request a line.

    torch_side.py MODEL INPUTS --threads 2     INPUTS: raw float32 images [n, 3, 224, 224]

    {"ask": "versions"}                                         -> versions and settings
    {"ask": "time", "what": "gradient", "batch": 1, "count": 3, "warm": true}
                                                                -> milliseconds of each run, after one that is not timed
                                                                   if warm, and of processor time used so far
    {"ask": "result", "what": "gradient", "batch": 1}           -> the logits or the map, base64 of float32

Each contender gets its best: composites are registered once and stay (no canonizing in the timed runs), gradients of
parameters are not asked for, the forward pass runs in inference mode.
"""

import argparse
import base64
import functools
import json
import pathlib
import sys
import time
from importlib.metadata import version

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tools" / "parity"))
from paper_methods import paper_methods, zennit  # noqa: E402
from peers import load_model  # noqa: E402
from torch.fx.experimental.optimization import fuse  # noqa: E402
from zennit.composites import EpsilonPlus  # noqa: E402
from zennit.torchvision import ResNetCanonizer  # noqa: E402

TARGET = 0


def forward(model):
    def run(x, _):
        with torch.inference_mode():
            return model(x)

    return run


def contenders(path):
    """Makes each when it is first asked for."""

    def model():
        return load_model(path).requires_grad_(False)

    @functools.cache
    def paper():
        return paper_methods(model, TARGET)

    def fifteen(x, one_hot):
        for run in paper().values():
            result = run(x, one_hot)
        return result

    makers = {
        "forward": lambda: forward(model()),
        "gradient": lambda: zennit(model()),
        "lrp-epsilon-plus": lambda: zennit(model(), EpsilonPlus(canonizers=[ResNetCanonizer()])),
        # What PyTorch itself can do with batch norms folded, as our programs have them.
        "folded forward": lambda: forward(fuse(model())),
        "folded gradient": lambda: zennit(fuse(model()).requires_grad_(False)),
        "paper fifteen": lambda: fifteen,
    }

    @functools.cache
    def contender(what):
        return makers[what]() if what in makers else paper()[what.removeprefix("paper ")]

    return contender


def answer(request, runs, inputs, arguments):
    if request["ask"] == "versions":
        return {
            "python": sys.version.split()[0],
            "torch": torch.__version__,
            "zennit": version("zennit"),
            "captum": version("captum"),
            "threads": torch.get_num_threads(),
        }
    x = inputs[: request["batch"]].clone()
    one_hot = torch.zeros(len(x), 2)
    one_hot[:, TARGET] = 1
    run = runs(request["what"])
    if request["ask"] == "result":
        values = run(x, one_hot).detach().numpy().astype(np.float32)
        return {"values": base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()}
    if request["warm"]:
        run(x, one_hot)
    times = []
    for _ in range(request["count"]):
        start = time.perf_counter()
        run(x, one_hot)
        times.append(1e3 * (time.perf_counter() - start))
    return {"times": times, "processor": 1e3 * time.process_time()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("inputs")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    inputs = torch.from_numpy(np.fromfile(arguments.inputs, np.float32).reshape(-1, 3, 224, 224))
    runs = contenders(arguments.model)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), runs, inputs, arguments)), flush=True)


if __name__ == "__main__":
    main()
