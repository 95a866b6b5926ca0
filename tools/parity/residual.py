"""Zennit's issue #236 in a minimal case: a residual sum that is not a module of the model gets no rule.

One dense layer without bias beside an identity, added. Every rule involved conserves relevance, so what starts as 1
must arrive as 1. Zennit does so where the Sum is a submodule (its ResNet canonizer puts one there); where the Sum is
made inside forward, or the sum is a plain `+`, no hook is found, the gradient of `+` hands the whole relevance to both
branches, and it arrives as 2. The graph has the sum as a node however it was written, so ours is 1 in all three.

    residual.py make DIR        exports the three models and writes Zennit's sums
    residual.py compare DIR     runs our compiled programs beside them
"""

import json
import pathlib
import sys

import numpy as np
import onnxruntime
import torch
from zennit.attribution import Gradient
from zennit.composites import EpsilonPlus
from zennit.layer import Sum


class Residual(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.dense = torch.nn.Linear(3, 3, bias=False)
        if kind == "Sum as a module":
            self.sum = Sum()

    def forward(self, x):
        if self.kind == "plain +":
            return self.dense(x) + x
        branches = torch.stack([self.dense(x), x], dim=-1)
        return self.sum(branches) if self.kind == "Sum as a module" else Sum()(branches)


KINDS = ["Sum as a module", "Sum made in forward", "plain +"]
X = torch.tensor([[0.7, -0.4, 1.2]])


def make(out):
    sums = {}
    for index, kind in enumerate(KINDS):
        torch.manual_seed(1)
        model = Residual(kind).eval()
        with Gradient(model=model, composite=EpsilonPlus()) as attributor:
            relevance = attributor(X.clone().requires_grad_(), torch.tensor([[0.0, 1.0, 0.0]]))[1]
        sums[kind] = relevance.sum().item()
        # Exported as the plain sum it is: stack and sum are Zennit's device, not the model's.
        plain = Residual("plain +")
        plain.load_state_dict(model.state_dict())
        torch.onnx.export(
            plain.eval(), (X,), out / f"residual-{index}.onnx", dynamo=False, input_names=["input"], output_names=["output"],
            dynamic_axes={"input": {0: "batch"}},
        )
    (out / "residual.json").write_text(json.dumps(sums))


def compare(out):
    sums = json.loads((out / "residual.json").read_text())
    good = True
    print(f"\n{'a residual sum, relevance starting as 1':40}{'Zennit':>9}{'ours':>9}")
    for index, kind in enumerate(KINDS):
        session = onnxruntime.InferenceSession(out / f"residual-{index}.explained.onnx", providers=["CPUExecutionProvider"])
        ours = session.run(["relevance"], {"input": X.numpy(), "target": np.array([1])})[0].sum()
        good = good and abs(ours - 1) < 1e-5
        print(f"{kind:40}{sums[kind]:9.4f}{ours:9.4f}")
    return good


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "make":
        make(folder)
    else:
        sys.exit(0 if compare(folder) else 1)
