"""The trained ResNet-18 of ../shared and its X-rays, as PyTorch reads them."""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from PIL import Image
from torchvision.models import resnet18

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
