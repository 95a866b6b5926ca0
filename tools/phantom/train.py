"""Trains the demo's two networks on phantoms and exports them to ONNX.

    npx tsx tools/phantom/write-sets.ts SETS
    python tools/phantom/train.py SETS examples/demo/models

Prints each network's accuracy on phantoms it has not seen and where it looks (relevance.py). Seeds are fixed, so that one
machine gives the same file twice; another processor may round differently and give slightly different weights.
"""

import argparse
import copy
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from network import PhantomNet
from relevance import densities, print_densities

MEAN, STD = 0.5, 0.25  # of grey / 255; the study's preprocessing says the same
NETWORKS = {"fair": "train-fair", "shortcut": "train-shortcut"}
TESTS = ["demo", "test-honest", "test-absent", "test-swapped"]
SHOWN = 100  # images of a set whose relevance is looked at


def load(folder, name):
    """Normalized images [n,1,128,128], labels, regions and affected lungs of one set."""
    images, labels, regions, affected = (
        np.load(folder / f"{name}.{part}.npy") for part in ["images", "labels", "regions", "affected"]
    )
    x = (torch.from_numpy(images).float()[:, None] / 255 - MEAN) / STD
    return x, torch.from_numpy(labels).long(), regions, affected


def train(x, y, epochs, seed):
    torch.manual_seed(seed)
    net = PhantomNet()
    batch = 50
    steps = epochs * (len(x) // batch)
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for epoch in range(epochs):
        net.train()
        losses = []
        for chosen in torch.randperm(len(x)).split(batch):
            loss = functional.cross_entropy(net(x[chosen]), y[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        print(f"  epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}", flush=True)
    return net.eval()


def accuracy(net, x, y):
    with torch.no_grad():
        predicted = torch.cat([net(part).argmax(1) for part in x.split(100)])
    return (predicted == y).float().mean().item()


def export(net, path):
    torch.onnx.export(
        net,
        (torch.zeros(1, 1, 128, 128),),
        path,
        dynamo=False,
        opset_version=18,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", type=Path, help="folder written by write-sets.ts")
    parser.add_argument("models", type=Path, help="folder for fair.onnx and shortcut.onnx")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=NETWORKS, help="train this network only")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)

    for name, train_set in NETWORKS.items():
        if options.only not in (None, name):
            continue
        x, y, _, _ = load(options.sets, train_set)
        print(f"{name}: {len(x)} images")
        net = train(x, y, options.epochs, seed=0)
        for test in TESTS:
            tx, ty, _, _ = load(options.sets, test)
            print(f"  accuracy on {test}: {accuracy(net, tx, ty):.3f}")
        export(net, str(options.models / f"{name}.onnx"))
        for shown in ["demo", "test-honest"]:
            sx, sy, regions, affected = (part[:SHOWN] for part in load(options.sets, shown))
            table = densities(copy.deepcopy(net), sx, regions, affected)
            print_densities(f"{name} on {len(sx)} images of {shown}", table, sy.numpy())


if __name__ == "__main__":
    main()
