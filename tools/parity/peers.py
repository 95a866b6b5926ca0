"""The peers' side of `pnpm parity`: float64 and float32 maps by Captum and Zennit, and the comparison with ours.

    peers.py maps MODEL IMAGES… --out DIR      writes inputs, and each method's maps in both precisions
    peers.py compare DIR                       reads our maps and compiled programs beside them, prints the table
"""

import argparse
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from captum.attr import GuidedBackprop, LayerAttribution, LayerGradCam, Saliency
from onnx import numpy_helper
from PIL import Image
from torchvision.models import resnet18
from zennit.attribution import Gradient
from zennit.composites import EpsilonPlus
from zennit.torchvision import ResNetCanonizer

MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
STD = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]


def load_model(path):
    """torchvision's ResNet-18 with the weights that the ONNX file carries under PyTorch's names."""
    graph = onnx.load(path).graph
    state = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    for node in graph.node:
        # The exporter writes equal parameters once and names the others by Identity.
        if node.op_type == "Identity" and node.input[0] in state:
            state[node.output[0]] = state[node.input[0]]
    model = resnet18(num_classes=state["fc.bias"].numel())
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    return model.eval()


def read_image(path):
    image = Image.open(path).convert("L").resize((224, 224), Image.BILINEAR)
    grey = np.asarray(image, np.float32) / 255
    return (np.repeat(grey[None], 3, axis=0) - MEAN) / STD


def gradient(model, x, target):
    return Saliency(model).attribute(x, target=target, abs=False)


def guided_backprop(model, x, target):
    return GuidedBackprop(model).attribute(x, target=target)


def grad_cam(model, x, target):
    cam = LayerGradCam(model, model.layer4).attribute(x, target=target, relu_attributions=True)
    return LayerAttribution.interpolate(cam, x.shape[2:], interpolate_mode="bilinear")


def epsilon_plus(model, x, target):
    composite = EpsilonPlus(canonizers=[ResNetCanonizer()])
    one_hot = torch.nn.functional.one_hot(target, 2).to(x.dtype)
    with Gradient(model=model, composite=composite) as attributor:
        return attributor(x, one_hot)[1]


METHODS = {
    "gradient": gradient,
    "guided-backprop": guided_backprop,
    "grad-cam": grad_cam,
    "lrp-epsilon-plus": epsilon_plus,
}


def write_maps(arguments):
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    inputs = np.stack([read_image(path) for path in arguments.images]).astype(np.float32)
    inputs.tofile(out / "inputs.f32")
    scores = {}
    targets = None
    for dtype in (torch.float64, torch.float32):
        # Zennit's canonizer leaves tensors of its own in the modules, which `.to` would miss.
        model = load_model(arguments.model).to(dtype)
        x = torch.from_numpy(inputs).to(dtype)
        with torch.no_grad():
            logits = model(x)
        targets = logits.argmax(1) if targets is None else targets
        scores[str(dtype)] = logits.numpy()
        for name, method in METHODS.items():
            # One image at a time: a batch would change the order of float32 sums.
            maps = [method(model, x[i : i + 1].clone().requires_grad_(), targets[i : i + 1]).detach().numpy() for i in range(len(x))]
            kind = "f64" if dtype == torch.float64 else "f32"
            np.save(out / f"{name}.{kind}.npy", np.concatenate(maps))
    np.save(out / "logits.npy", scores["torch.float64"])
    (out / "peers.json").write_text(
        json.dumps({"images": [pathlib.Path(path).name for path in arguments.images], "targets": targets.tolist()})
    )


def errors(maps, truth):
    """The largest difference of each image, over the largest value of its float64 map."""
    axes = tuple(range(1, truth.ndim))
    return np.abs(maps.astype(np.float64) - truth).max(axes) / np.abs(truth).max(axes)


def compare(arguments):
    out = pathlib.Path(arguments.dir)
    inputs = np.fromfile(out / "inputs.f32", np.float32).reshape(-1, 3, 224, 224)
    targets = np.array(json.loads((out / "peers.json").read_text())["targets"])
    rows = []
    good = True
    for name in METHODS:
        truth = np.load(out / f"{name}.f64.npy")
        torch_errors = errors(np.load(out / f"{name}.f32.npy"), truth)
        sources = {"Explainer": np.fromfile(out / f"{name}.ours.f32", np.float32).reshape(truth.shape)}
        session = onnxruntime.InferenceSession(out / f"{name}.onnx", providers=["CPUExecutionProvider"])
        onnx.checker.check_model(onnx.load(out / f"{name}.onnx"), full_check=True)
        for batch in (1, 7):
            parts = [
                session.run(["relevance"], {"input": inputs[i : i + batch], "target": targets[i : i + batch]})[0]
                for i in range(0, len(inputs), batch)
            ]
            sources[f"explained.onnx, batch {batch}"] = np.concatenate(parts)
        for source, maps in sources.items():
            ours = errors(maps, truth)
            sums, true_sums = maps.astype(np.float64).sum((1, 2, 3)), truth.sum((1, 2, 3))
            sum_error = np.abs(sums - true_sums) / np.maximum(np.abs(true_sums), 1e-12)
            # Design §7: at most three times what PyTorch's own float32 does, median and worst.
            ok = np.median(ours) <= 3 * np.median(torch_errors) and ours.max() <= 3 * torch_errors.max()
            if name == "lrp-epsilon-plus":
                ok = ok and sum_error.max() <= 1e-3
            good = good and bool(ok)
            rows.append(
                {
                    "method": name,
                    "source": source,
                    "images": len(maps),
                    "median": float(np.median(ours)),
                    "worst": float(ours.max()),
                    "torch32 median": float(np.median(torch_errors)),
                    "torch32 worst": float(torch_errors.max()),
                    "within 1e-5": int((ours <= 1e-5).sum()),
                    "torch32 within 1e-5": int((torch_errors <= 1e-5).sum()),
                    "sum error": float(sum_error.max()),
                    "ok": bool(ok),
                }
            )
    print(f"{'method':18}{'source':28}{'median':>9}{'worst':>9}{'torch32:':>10}{'median':>9}{'worst':>9}{'sum':>9}   verdict")
    for row in rows:
        print(
            f"{row['method']:18}{row['source']:28}{row['median']:9.1e}{row['worst']:9.1e}{'':10}"
            f"{row['torch32 median']:9.1e}{row['torch32 worst']:9.1e}{row['sum error']:9.1e}   {'ok' if row['ok'] else 'TOO LARGE'}"
        )
    (out / "parity.json").write_text(json.dumps(rows, indent=2))
    sys.exit(0 if good else 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    maps = commands.add_parser("maps")
    maps.add_argument("model")
    maps.add_argument("images", nargs="+")
    maps.add_argument("--out", required=True)
    maps.set_defaults(run=write_maps)
    comparison = commands.add_parser("compare")
    comparison.add_argument("dir")
    comparison.set_defaults(run=compare)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
