"""How well a map is conditioned: the peers' own float64, where weights, image and what layers give are rounded as float32 would.

    conditioning.py REQUEST.json    {"cache", "network": as for main.py, "cell": what main.py said of it, "image"}

prints {"errors", "sums"}, a number a draw: how far the map went in parts of its largest value, and its sum. Each number rounded
becomes itself times 1 + u, u uniform within ±2⁻²⁴, half a unit of float32's last place. A float32 program that rounded each
layer's outcome once, and what comes back to it, and were exact inside of it, would be off so far.
"""

import copy
import json
import pathlib
import sys

import numpy as np
import perturbation_maps
import torch
from main import FAMILIES, Prepared, atomically, code_of, sha
from network import Network
from torch import nn

DRAWS, DRAWS_OF_MANY_PASSES = 8, 3
MANY_PASSES = {*perturbation_maps.METHODS, "score-cam", "ablation-cam"}
HALF_A_UNIT = 2.0**-24


def nudged(tensor, generator):
    chance = torch.rand(tensor.shape, generator=generator, dtype=torch.float64)
    return tensor * (1 + (2 * chance - 1) * HALF_A_UNIT)


# What only chooses among the values that it is given rounds nothing.
CHOOSING = (nn.ReLU, nn.ReLU6, nn.Identity, nn.Dropout, nn.MaxPool2d, nn.Flatten)


class Nudged(Network):
    """The network with other weights in float64, and layers that round."""

    def __init__(self, net, generator):
        self.asking, self.generator, self.rounding = 1, generator, set()
        super().__init__(net.name, net.form("plain", torch.float32), net.images, net.targets)
        plain = copy.deepcopy(self.form("plain", torch.float32)).double().requires_grad_(False)
        for tensor in (*plain.parameters(), *plain.buffers()):
            if tensor.is_floating_point():
                tensor.copy_(nudged(tensor, generator))
        self.made[("plain", torch.float64)] = plain
        self.asking = 0

    def form(self, form, dtype):
        # Other forms are copies of the plain one, which must not round for them.
        self.asking += 1
        made = super().form(form, dtype)
        self.asking -= 1
        if dtype == torch.float64 and self.asking == 0 and form not in self.rounding:
            self.rounding.add(form)
            for module in made.modules():
                if not any(module.children()) and not isinstance(module, CHOOSING):
                    module.register_forward_hook(rounded(self.generator))
        return made


def rounded(generator):
    def hook(module, into, out):
        out = nudged(out, generator)
        if out.requires_grad:
            out.register_hook(lambda relevance: nudged(relevance, generator))
        return out

    return hook


def moved(net, cell, image):
    method, shape = cell["method"], cell["shape"]
    run = next(family for family in FAMILIES if method in family.METHODS).METHODS[method]
    truth = np.fromfile(cell["truth"]).reshape(shape)[image]
    # A procedure's draws are the same for all images.
    held = {name: np.fromfile(each["file"], np.float32).reshape(each["shape"]) for name, each in cell["draws"].items()}
    own = {name: each[image] if name in ("noise", "places") else each for name, each in held.items()}
    errors, sums = [], []
    for draw in range(DRAWS_OF_MANY_PASSES if method in MANY_PASSES else DRAWS):
        generator = torch.Generator().manual_seed(draw)
        other = Nudged(net, generator)
        x = nudged(net.images[image : image + 1].double(), generator)
        found = run(other, x, net.targets[image : image + 1], cell["options"], own).detach().numpy()[0]
        errors.append(float(np.abs(found - truth).max() / np.abs(truth).max()))
        sums.append(float(abs(found.sum() - truth.sum()) / max(1, abs(truth.sum()))))
    return {"errors": errors, "sums": sums}


def main():
    request = json.loads(pathlib.Path(sys.argv[1]).read_text())
    torch.set_num_threads(1)
    cache = pathlib.Path(request["cache"])
    cell = request["cell"]
    family = next(family for family in FAMILIES if cell["method"] in family.METHODS)
    kept = cache / f"{sha(cell['truth'], str(request['image']), pathlib.Path(__file__).read_text(), code_of(family))}.moved.json"
    if not kept.exists():
        found = moved(Prepared(request["network"], cache).network(), cell, request["image"])
        atomically(kept, lambda path: path.write_text(json.dumps(found)))
    print(kept.read_text())


if __name__ == "__main__":
    main()
