"""The peers' side of `pnpm parity`: truths in float64 and the peers' own float32, kept by hash.

    main.py REQUEST.json      prints a line of JSON for each cell, and one for each network before its cells

A request: {"cache": folder, "networks": [{"name", "size", "images": number or files, "model": file or none, "cells":
[{"method", "options"}]}]}. What a hash covers: weights, images, targets, method, options, versions, the code that makes it.
"""

import functools
import hashlib
import json
import logging
import pathlib
import sys
import time
import traceback
import warnings
from importlib.metadata import version

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
sys.path += [str(HERE.parent), str(HERE.parents[1] / "reference")]

import cam_maps  # noqa: E402
import deeplift_maps  # noqa: E402
import gradient_maps  # noqa: E402
import lrp_maps  # noqa: E402
import perturbation_maps  # noqa: E402
from models import export, fingerprint, torchvision_model  # noqa: E402
from network import Network, layer_of  # noqa: E402
from peers import load_model, read_image  # noqa: E402

FAMILIES = (gradient_maps, cam_maps, lrp_maps, deeplift_maps, perturbation_maps)
VERSIONS = {name: version(name) for name in ("torch", "torchvision", "captum", "zennit", "grad-cam", "scikit-learn")}


def sha(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


@functools.cache
def code_of(family):
    """Of what makes a truth. A change anywhere in it makes it again."""
    return "".join((HERE / name).read_text() for name in ("models.py", "network.py", f"{family.__name__}.py"))


def say(**line):
    print(json.dumps(line), flush=True)


def atomically(path, write):
    part = path.with_name(path.name + ".part")
    write(part)
    part.rename(path)


class Prepared:
    """A network of a request; its float64 is only run where something is not there yet."""

    def __init__(self, asked, cache):
        name, size = asked["name"], asked["size"]
        if asked.get("model"):
            self.model = load_model(asked["model"])
            self.images = torch.from_numpy(np.stack([read_image(path) for path in asked["images"]]).astype(np.float32))
            self.file = pathlib.Path(asked["model"])
        else:
            self.model = torchvision_model(name, size)
            draw = torch.Generator().manual_seed(2)
            self.images = torch.randn(asked["images"], 3, size, size, generator=draw)
        weights = fingerprint(self.model)
        self.hash = sha(weights, hashlib.sha256(self.images.numpy().tobytes()).hexdigest(), VERSIONS["torch"])
        self.name, self.net = name, None
        if not asked.get("model"):
            self.file = cache / f"{name}-{size}-{sha(weights, version('onnx'), VERSIONS['torch'])}.onnx"
            if not self.file.exists():
                atomically(self.file, lambda path: export(self.model, self.images[:1].repeat(2, 1, 1, 1), path))
        self.pixels = cache / f"{self.hash}.x.f32"
        self.index = cache / f"{self.hash}.targets.json"
        if not self.index.exists():
            self.images.numpy().tofile(self.pixels)
            net = self.network()
            self.index.write_text(json.dumps({"targets": net.targets.tolist(), "logits": net.logits.tolist()}))
        self.about = json.loads(self.index.read_text())

    def network(self):
        if self.net is None:
            known = torch.tensor(json.loads(self.index.read_text())["targets"]) if self.index.exists() else None
            self.net = Network(self.name, self.model, self.images, known)
        return self.net


def cell(prepared, method, options, limit, cache):
    family = next(family for family in FAMILIES if method in family.METHODS)
    key = sha(prepared.hash, *([str(limit)] if limit else []), method, json.dumps(options, sort_keys=True), json.dumps(VERSIONS), code_of(family))
    index = cache / f"{key}.json"
    if index.exists():
        return json.loads(index.read_text())
    net = prepared.network()
    start = time.process_time()
    note = family.note(method, net)
    if note.startswith("-"):
        # Not kept: what stands in the way (a package that is missing) may be gone next time.
        return {"note": note}
    shape = tuple(prepared.images.shape[1:])
    generator = torch.Generator().manual_seed(7)
    # Procedures take the same numbers for all images; programs have inputs of their own for each.
    shared = family is perturbation_maps
    draw = lambda: family.drawn(method, options, shape, generator) if hasattr(family, "drawn") else {}
    pairs = list(net)[:limit]
    draws = [draw()] * len(pairs) if shared else [draw() for _ in pairs]
    found = {}
    for kind, dtype in (("f64", torch.float64), ("f32", torch.float32)):
        maps = []
        for (x, target), own in zip(pairs, draws):
            made = family.METHODS[method](net, x.to(dtype).clone(), target, options, own)
            assert made.dtype == dtype, (kind, made.dtype)
            maps.append(made.detach().numpy())
        found[kind] = np.ascontiguousarray(np.concatenate(maps))
    assert np.isfinite(found["f64"]).all(), "a truth that is no number"
    if not np.isfinite(found["f32"]).all():
        return {"note": f"-beyond float32, as the peer's own: in float64 the map reaches {np.abs(found['f64']).max():.0e}"}
    for kind, maps in found.items():
        atomically(cache / f"{key}.{kind}", maps.tofile)
    entry = {"note": note, "truth": f"{key}.f64", "peer": f"{key}.f32", "shape": found["f64"].shape, "draws": {}}
    for name in draws[0]:
        numbers = draws[0][name] if shared else np.stack([own[name] for own in draws])
        numbers.astype(np.float32).tofile(cache / f"{key}.{name}.f32")
        entry["draws"][name] = {"file": f"{key}.{name}.f32", "shape": numbers.shape}
    entry["seconds"] = round(time.process_time() - start, 2)
    atomically(index, lambda path: path.write_text(json.dumps(entry)))
    return entry


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    request = json.loads(pathlib.Path(sys.argv[1]).read_text())
    torch.set_num_threads(1)
    cache = pathlib.Path(request["cache"])
    cache.mkdir(parents=True, exist_ok=True)
    for family in FAMILIES:
        code_of(family)
    for asked in request["networks"]:
        prepared = Prepared(asked, cache)
        say(
            network=asked["name"], model=str(prepared.file), pixels=str(prepared.pixels), shape=list(prepared.images.shape),
            layer=layer_of(asked["name"]), targets=prepared.about["targets"],
        )
        for wanted in asked["cells"]:
            method, options = wanted["method"], dict(wanted["options"])
            if "layer" in options:
                options["layer"] = layer_of(asked["name"])
            try:
                entry = cell(prepared, method, options, wanted.get("limit"), cache)
            except Exception as error:  # what a peer can't do is part of the table
                where = traceback.extract_tb(error.__traceback__)[-1]
                entry = {"error": f"{type(error).__name__}: {error} ({pathlib.Path(where.filename).name}:{where.lineno})"}
            say(cell=method, network=asked["name"], options=options, **entry)
        say(done=asked["name"])


if __name__ == "__main__":
    main()
