"""Ten torchvision architectures as ONNX files of both exporters, and their float64 gradients.

    architectures.py --out DIR [NAME…]      all ten without a name; what is there already is kept

Weights are torchvision's initial ones (seeded); parameters that start at values which would hide errors (batch-norm
statistics at 0 and 1, norms' scales at 1, ConvNeXt's layer scale at 1e-6, ViT's head at 0) are drawn instead. For each
architecture DIR gets NAME.json (its files, the targets, PyTorch's own float32 errors), NAME.x.f32 (three images),
NAME.logits.f64 and NAME.gradient.f64 (of the logit of each image's class), and NAME.EXPORTER.FORM.onnx:

    exporter  old (torch.jit's) or new (dynamo)
    form      folded, unfolded (batch norms left as they are), fixed (folded, batch 2 baked in)
"""

import argparse
import gc
import hashlib
import json
import logging
import pathlib
import warnings

import numpy as np
import torch
import torchvision
from torch import nn

# VGG's and the transformers' usual size; others are exact at a smaller one, which saves time.
SIZES = {
    "resnet18": 96,
    "resnet50": 96,
    "vgg16_bn": 224,
    "densenet121": 96,
    "mobilenet_v2": 96,
    "mobilenet_v3_large": 96,
    "efficientnet_b0": 96,
    "convnext_tiny": 96,
    "vit_b_16": 224,
    "swin_t": 224,
}
CLASSES = 10
IMAGES = 3
NORMS = (nn.BatchNorm2d, nn.LayerNorm)


def make(name):
    torch.manual_seed(0)
    model = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES).eval()
    draw = torch.Generator().manual_seed(1)

    def uniform(parameter, low, high):
        parameter.data.copy_(torch.rand(parameter.shape, generator=draw) * (high - low) + low)

    for module in model.modules():
        if isinstance(module, NORMS) and module.weight is not None:
            uniform(module.weight, 0.5, 1.5)
            uniform(module.bias, -0.2, 0.2)
        if isinstance(module, nn.BatchNorm2d):
            uniform(module.running_mean, -0.2, 0.2)
            uniform(module.running_var, 0.5, 1.5)
        if isinstance(module, nn.Linear) and not module.weight.any():
            uniform(module.weight, -0.1, 0.1)
    for key, parameter in model.named_parameters():
        if key.endswith("layer_scale"):
            uniform(parameter, 0.5, 1)
    return model


def export(model, example, path, exporter, form):
    names = {"input_names": ["input"], "output_names": ["logits"]}
    fixed = form == "fixed"
    if exporter == "old":
        if not fixed:
            names["dynamic_axes"] = {"input": {0: "batch"}, "logits": {0: "batch"}}
        if form == "unfolded":
            names |= {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
        torch.onnx.export(model, (example,), path, dynamo=False, opset_version=17, **names)
        return
    if not fixed:
        names["dynamic_shapes"] = ({0: torch.export.Dim("batch")},)
    program = torch.onnx.export(
        model, (example,), dynamo=True, optimize=form != "unfolded", verbose=False, **names
    )
    program.save(path)


def gradient(model, images, targets=None):
    x = images.clone().requires_grad_()
    logits = model(x)
    targets = logits.argmax(1) if targets is None else targets
    logits.gather(1, targets[:, None]).sum().backward()
    return logits.detach().double().numpy(), x.grad.double().numpy(), targets


def errors(found, truth):
    """The largest difference of each image over the largest value of its truth."""
    axes = tuple(range(1, truth.ndim))
    return (np.abs(found - truth).max(axes) / np.abs(truth).max(axes)).tolist()


def run(name, out):
    made_by = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    index = out / f"{name}.json"
    if index.exists() and json.loads(index.read_text())["madeBy"] == made_by:
        return
    size = SIZES[name]
    model = make(name)
    images = torch.randn(IMAGES, 3, size, size, generator=torch.Generator().manual_seed(2))
    images.numpy().tofile(out / f"{name}.x.f32")
    files = []
    for exporter in ("old", "new"):
        for form in ("folded", "unfolded", "fixed"):
            path = out / f"{name}.{exporter}.{form}.onnx"
            record = {"exporter": exporter, "form": form, "file": path.name}
            try:
                export(make(name), images[:2], str(path), exporter, form)
            except Exception as error:  # what an exporter refuses is part of the table
                record["refused"] = f"{type(error).__name__}: {error}".splitlines()[0]
            files.append(record)
            gc.collect()
    logits32, _, _ = gradient(model, images)
    # One image at a time: float64 activations of a batch are large.
    parts = [gradient(model.double(), image[None].double()) for image in images]
    logits, truth = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    targets = torch.cat([part[2] for part in parts])
    _, gradient32, _ = gradient(model.float(), images, targets)
    logits.tofile(out / f"{name}.logits.f64")
    truth.tofile(out / f"{name}.gradient.f64")
    record = {
        "madeBy": made_by,
        "size": size,
        "images": IMAGES,
        "classes": CLASSES,
        "targets": targets.tolist(),
        "files": files,
        "float32": {"logits": errors(logits32, logits), "gradient": errors(gradient32, truth)},
    }
    index.write_text(json.dumps(record, indent=1))
    print(name, "done", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*SIZES, []], help="default: all")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    for name in given.names or SIZES:
        run(name, given.out)
