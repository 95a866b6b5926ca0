"""torchvision's networks as ONNX files of PyTorch's newer exporter (of the older where that refuses), and their truths.

    torchvision_models.py FOLDER NAME…      writes FOLDER/NAME/: model.onnx, case.json, images and truths

Weights are torchvision's initial ones, seeded. What starts at a value that would hide errors is drawn instead (scales of norms,
layer scales, heads of zeros), and batch norms have the statistics of random images.
"""

import gc
import json
import logging
import pathlib
import sys
import warnings

import torch
import torchvision
from torch import nn
from torchvision.models import detection, segmentation

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "parity" / "truths"))
from models import NORMS, take_statistics  # noqa: E402
from truth import write_truth  # noqa: E402

CLASSES = 10
IMAGES = 2


class Output(nn.Module):
    """A segmentation's map alone."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)["out"]


class Scores(nn.Module):
    """A detector without its transform and its choice of boxes: the scores of all anchors, [N, anchors, classes]."""

    def __init__(self, model):
        super().__init__()
        self.backbone, self.head = model.backbone, model.head

    def forward(self, x):
        return self.head(list(self.backbone(x).values()))["cls_logits"]


class Whole(nn.Module):
    """A detector as it is, choice of boxes included: the scores of what it found."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model([x[0]])[0]["scores"][None]


def classifier(name, size, **arguments):
    return lambda: (getattr(torchvision.models, name)(weights=None, num_classes=CLASSES, **arguments), size)


def segmenter(name, size):
    return lambda: (Output(getattr(segmentation, name)(weights=None, weights_backbone=None, num_classes=CLASSES)), size)


def detector(name, size, form):
    return lambda: (form(getattr(detection, name)(weights=None, weights_backbone=None, num_classes=CLASSES)), size)


MODELS = {
    "alexnet": classifier("alexnet", 224),
    "vgg11": classifier("vgg11", 224),
    "vgg16_bn": classifier("vgg16_bn", 224),
    "resnet18": classifier("resnet18", 128),
    "resnet50": classifier("resnet50", 128),
    "resnext50_32x4d": classifier("resnext50_32x4d", 128),
    "wide_resnet50_2": classifier("wide_resnet50_2", 96),
    "densenet121": classifier("densenet121", 128),
    "squeezenet1_1": classifier("squeezenet1_1", 128),
    "googlenet": classifier("googlenet", 128, aux_logits=False, init_weights=False),
    "inception_v3": classifier("inception_v3", 139, aux_logits=False, init_weights=False),
    "mnasnet1_0": classifier("mnasnet1_0", 128),
    "shufflenet_v2_x1_0": classifier("shufflenet_v2_x1_0", 128),
    "mobilenet_v2": classifier("mobilenet_v2", 128),
    "mobilenet_v3_small": classifier("mobilenet_v3_small", 128),
    "mobilenet_v3_large": classifier("mobilenet_v3_large", 128),
    "efficientnet_b0": classifier("efficientnet_b0", 128),
    "efficientnet_v2_s": classifier("efficientnet_v2_s", 128),
    "regnet_y_400mf": classifier("regnet_y_400mf", 128),
    "convnext_tiny": classifier("convnext_tiny", 128),
    "vit_b_16": classifier("vit_b_16", 128, image_size=128),
    "swin_t": classifier("swin_t", 128),
    "maxvit_t": lambda: (torchvision.models.maxvit_t(weights=None, num_classes=CLASSES, input_size=(224, 224)), 224),
    "deeplabv3_mobilenet_v3_large": segmenter("deeplabv3_mobilenet_v3_large", 128),
    "fcn_resnet50": segmenter("fcn_resnet50", 96),
    "lraspp_mobilenet_v3_large": segmenter("lraspp_mobilenet_v3_large", 128),
    "ssdlite320_mobilenet_v3_large": detector("ssdlite320_mobilenet_v3_large", 320, Scores),
    "retinanet_resnet50_fpn": detector("retinanet_resnet50_fpn", 128, Scores),
    "fasterrcnn_mobilenet_v3_large_320_fpn": detector("fasterrcnn_mobilenet_v3_large_320_fpn", 320, Whole),
}


def make(name):
    torch.manual_seed(0)
    model, size = MODELS[name]()
    model.eval()
    draw = torch.Generator().manual_seed(1)

    def uniform(parameter, low, high):
        parameter.data.copy_(torch.rand(parameter.shape, generator=draw) * (high - low) + low)

    for module in model.modules():
        if isinstance(module, NORMS) and module.weight is not None:
            uniform(module.weight, 0.5, 1.5)
            uniform(module.bias, -0.2, 0.2)
        if isinstance(module, nn.Linear) and not module.weight.any():
            uniform(module.weight, -0.1, 0.1)
    for key, parameter in model.named_parameters():
        if key.endswith("layer_scale"):
            uniform(parameter, 0.5, 1)
    if not isinstance(model, Whole):
        take_statistics(model, torch.randn(8, 3, size, size, generator=draw))
    return model, size


def export(model, example, path):
    """Says which exporter it was. The batch stays open."""
    names = {"input_names": ["input"], "output_names": ["output"]}
    try:
        program = torch.onnx.export(
            model, (example,), dynamo=True, verbose=False, dynamic_shapes=({0: torch.export.Dim("batch")},), **names
        )
        program.save(path)
        return "torch.onnx, newer exporter"
    except Exception as newer:  # what an exporter refuses is no error of ours
        print(f"  the newer exporter refuses: {str(newer).splitlines()[0][:120]}", file=sys.stderr, flush=True)
    torch.onnx.export(
        model, (example,), path, dynamo=False, dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}}, **names
    )
    return "torch.onnx, older exporter"


def run(folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    model, size = make(name)
    images = torch.randn(IMAGES, 3, size, size, generator=torch.Generator().manual_seed(2))
    about = {"framework": f"PyTorch {torch.__version__.split('+')[0]}", "from": f"torchvision {torchvision.__version__.split('+')[0]}"}
    try:
        about["exporter"] = export(model, images, str(folder / "model.onnx"))
    except Exception as error:
        about["refused"] = f"both exporters refuse it: {str(error).splitlines()[0]}"
        (folder / "case.json").write_text(json.dumps(about))
        return
    if isinstance(model, Whole):
        # What a file with a choice of boxes is read as is all that is asked of it.
        (folder / "case.json").write_text(json.dumps(about | {"shape": list(images.shape), "readOnly": True}))
        return
    # Exporters leave marks on modules.
    del model
    gc.collect()
    write_truth(folder, make(name)[0], images, about)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    for each in sys.argv[2:]:
        run(pathlib.Path(sys.argv[1]) / each, each)
        print(f"  made {each}", file=sys.stderr, flush=True)
        gc.collect()
