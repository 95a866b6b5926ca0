"""Golden cases for the attributions of a layer: writes packages/methods/test/golden-layer/*.json.

Run from the repository root: python tools/reference/layer_attributions.py

By Captum in float64, on networks that methods.py and deeplift.py have written.
"""

import json
import warnings
from pathlib import Path

import torch
from captum.attr import LayerActivation, LayerConductance, LayerGradientXActivation, LayerIntegratedGradients
from deeplift import SHAPE, Shared, images
from methods import Plain, folded, packed, per_target, randomised

GOLDEN = Path(__file__).parents[2] / "packages" / "methods" / "test" / "golden-layer"
STEPS = 5


def main():
    warnings.simplefilter("ignore")
    GOLDEN.mkdir(parents=True, exist_ok=True)
    baseline = torch.randn(1, *SHAPE, generator=torch.Generator().manual_seed(31))
    for name, file, network, seed, layer in (
        ("plain", "fixtures/plain", Plain, 1, "3"),
        ("shared", "golden-deeplift/shared", Shared, 22, "layer1"),
    ):
        model = folded(randomised(network(), seed))
        module = model.get_submodule(layer)
        x, at = images(seed).double(), baseline.double()
        golden = {
            "layer-activation": packed(torch.stack([LayerActivation(model, module).attribute(x).detach()] * 3)),
            "gradient-x-activation": per_target(
                lambda x, t: LayerGradientXActivation(model, module).attribute(x, target=t), x
            ),
        }
        for method, captum in (("gausslegendre", "gausslegendre"), ("riemann-right", "riemann_right")):
            options = {"n_steps": STEPS, "method": captum}
            golden[f"layer-integrated-gradients {method}"] = per_target(
                lambda x, t: LayerIntegratedGradients(model, module).attribute(x, at, target=t, **options), x
            )
        for method, captum in (("gausslegendre", "gausslegendre"), ("riemann-trapezoid", "riemann_trapezoid")):
            options = {"n_steps": STEPS, "method": captum}
            golden[f"conductance {method}"] = per_target(
                lambda x, t: LayerConductance(model, module).attribute(x, at, target=t, **options), x
            )
        about = {"file": file, "layer": layer, "steps": STEPS, "input": packed(x.float()), "baseline": packed(baseline[0])}
        (GOLDEN / f"{name}.json").write_text(json.dumps({**about, "expected": golden}, indent=1) + "\n")


if __name__ == "__main__":
    main()
