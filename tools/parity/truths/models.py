"""The networks of `pnpm parity`, as torchvision has them and in the form that the peers can explain.

Weights are torchvision's initial ones (seeded); parameters that start at values which would hide errors (norms' scales at 1,
ConvNeXt's layer scale at 1e-6, ViT's head at 0) are drawn instead, and batch norms have the statistics of random images.

`modular` is the same network with every sum, gate, fixed factor, average and activation as a module of its own, called
once: hooks of Zennit and Captum see modules only. What a gate or a layer scale hands on is settled by `Gate.explained`.
"""

import copy
import hashlib
import types

import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torchvision.models import convnext, densenet, efficientnet, mobilenetv2, mobilenetv3, resnet, swin_transformer, vision_transformer
from torchvision.ops.misc import SqueezeExcitation
from zennit.layer import Sum

CLASSES = 10
NORMS = (nn.BatchNorm2d, nn.LayerNorm)


def torchvision_model(name, size):
    torch.manual_seed(0)
    arguments = {"image_size": size} if name == "vit_b_16" else {}
    model = getattr(torchvision.models, name)(weights=None, num_classes=CLASSES, **arguments).eval()
    if name == "vgg16_bn" and size < 224:
        # Its head reads as many places as there are: an adaptive pool that enlarges is not for export.
        side = size // 32
        model.avgpool = nn.AdaptiveAvgPool2d(side)
        model.classifier[0] = nn.Linear(512 * side * side, 4096)
        nn.init.normal_(model.classifier[0].weight, 0, 0.01)
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
    take_statistics(model, torch.randn(16, 3, size, size, generator=draw))
    return model


def take_statistics(model, images):
    """Batch norms get the statistics of a batch. With drawn ones the images' signal dies out over fifty layers, and what
    perturbation changes would be below float32's rounding of the scores."""
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
        norm.train()
    with torch.no_grad():
        for part in images.split(8) if norms else ():
            model(part)
    model.eval()


def fingerprint(model):
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(name.encode() + tensor.numpy().tobytes())
    return digest.hexdigest()


def export(model, example, path):
    torch.onnx.export(
        model, (example,), str(path), dynamo=False, opset_version=17, input_names=["input"], output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
    )


class Add(nn.Module):
    """A residual sum by Zennit's sum layer."""

    def __init__(self):
        super().__init__()
        self.total = Sum()

    def forward(self, a, b):
        return self.total(torch.stack([a, b], dim=-1))


class SignalTakesAll(torch.autograd.Function):
    @staticmethod
    def forward(ctx, signal, gate):
        ctx.save_for_backward(gate)
        return signal * gate

    @staticmethod
    def backward(ctx, r):
        # Zennit's hooks behind the gate want relevance, if only none.
        return r, torch.zeros_like(ctx.saved_tensors[0])


class Unchanged(torch.autograd.Function):
    """A product with a fixed factor, through which relevance passes unchanged."""

    @staticmethod
    def forward(ctx, x, factor):
        return x * factor

    @staticmethod
    def backward(ctx, r):
        return r, None


class Gate(nn.Module):
    """signal · gate. `explained`: relevance goes to the signal."""

    explained = False

    def forward(self, signal, gate):
        return SignalTakesAll.apply(signal, gate) if self.explained else signal * gate


class Scale(nn.Module):
    """A product with a fixed factor. `explained`: relevance passes unchanged."""

    explained = False

    def forward(self, x, factor):
        return Unchanged.apply(x, factor) if self.explained else x * factor


class MatMul(nn.Module):
    """A product of two computed matrices."""

    def forward(self, a, b):
        return a @ b


class Softmax(nn.Module):
    def forward(self, x):
        return x.softmax(-1)


class SelfAttention(nn.Module):
    """nn.MultiheadAttention of one input, its projections as modules, scaled as PyTorch's exporter writes it."""

    def __init__(self, old):
        super().__init__()
        width = old.embed_dim
        self.heads = old.num_heads
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.qkv.weight, self.qkv.bias = old.in_proj_weight, old.in_proj_bias
        self.proj.weight, self.proj.bias = old.out_proj.weight, old.out_proj.bias
        self.scale_q, self.scale_k, self.scores, self.softmax, self.values = Scale(), Scale(), MatMul(), Softmax(), MatMul()

    def forward(self, x):
        n, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(n, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        factor = (width // self.heads) ** -0.25
        weights = self.softmax(self.scores(self.scale_q(q, factor), self.scale_k(k.transpose(-2, -1), factor)))
        return self.proj(self.values(weights, v).transpose(1, 2).reshape(n, tokens, width))


class WindowAttention(nn.Module):
    """torchvision's shifted-window attention, its projections as modules."""

    def __init__(self, old):
        super().__init__()
        self.heads, self.window, self.shift = old.num_heads, old.window_size, old.shift_size
        self.qkv, self.proj = old.qkv, old.proj
        self.bias = nn.Parameter(old.get_relative_position_bias().detach())
        self.scale, self.scores, self.softmax, self.values = Scale(), MatMul(), Softmax(), MatMul()

    def forward(self, x):
        n, height, width, channels = x.shape
        high, wide = self.window
        x = F.pad(x, (0, 0, 0, -width % wide, 0, -height % high))
        _, tall, broad, _ = x.shape
        shift = [0 if window >= size else by for window, size, by in zip(self.window, (tall, broad), self.shift)]
        if any(shift):
            x = torch.roll(x, (-shift[0], -shift[1]), (1, 2))
        rows, columns = tall // high, broad // wide
        windows = rows * columns
        x = x.view(n, rows, high, columns, wide, channels).permute(0, 1, 3, 2, 4, 5).reshape(n * windows, high * wide, channels)
        q, k, v = self.qkv(x).reshape(len(x), high * wide, 3, self.heads, channels // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = self.scores(self.scale(q, (channels // self.heads) ** -0.5), k.transpose(-2, -1)) + self.bias
        if any(shift):
            places = x.new_zeros(tall, broad)
            parts = [[slice(0, -size), slice(-size, -by), slice(-by, None)] for size, by in zip(self.window, shift)]
            for number, (down, right) in enumerate((down, right) for down in parts[0] for right in parts[1]):
                places[down, right] = number
            places = places.view(rows, high, columns, wide).permute(0, 2, 1, 3).reshape(windows, high * wide)
            apart = (places[:, None] != places[:, :, None]).to(x.dtype) * -100
            scores = (scores.view(n, windows, self.heads, high * wide, -1) + apart[:, None]).view_as(scores)
        x = self.values(self.softmax(scores), v).transpose(1, 2).reshape(n * windows, high * wide, channels)
        x = self.proj(x).view(n, rows, columns, high, wide, channels).permute(0, 1, 3, 2, 4, 5).reshape(n, tall, broad, channels)
        if any(shift):
            x = torch.roll(x, (shift[0], shift[1]), (1, 2))
        return x[:, :height, :width]


class ChannelNorm(nn.Module):
    """ConvNeXt's norm of channels that come first, the norm itself as a module."""

    def __init__(self, old):
        super().__init__()
        self.norm = nn.LayerNorm(old.normalized_shape, old.eps)
        self.norm.weight, self.norm.bias = old.weight, old.bias

    def forward(self, x):
        return self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def basic_block(self, x):
    y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
    return self.relu2(self.add(x if self.downsample is None else self.downsample(x), y))


def bottleneck(self, x):
    y = self.relu2(self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x))))))
    return self.relu3(self.add(x if self.downsample is None else self.downsample(x), self.bn3(self.conv3(y))))


def inverted_v2(self, x):
    return self.add(x, self.conv(x)) if self.use_res_connect else self.conv(x)


def inverted(self, x):
    y = self.block(x)
    return self.add(y, x) if self.use_res_connect else y


def squeeze_excitation(self, x):
    return self.gate(x, self._scale(x))


def convnext_block(self, x):
    return self.add(self.scale(self.block(x), self.layer_scale), x)


def encoder_block(self, x):
    x = self.add1(self.self_attention(self.ln_1(x)), x)
    return self.add2(x, self.mlp(self.ln_2(x)))


def swin_block(self, x):
    x = self.add1(x, self.attn(self.norm1(x)))
    return self.add2(x, self.mlp(self.norm2(x)))


def mobilenet_v2(self, x):
    return self.classifier(self.pool(self.features(x)).flatten(1))


def densenet_whole(self, x):
    return self.classifier(self.pool(self.relu(self.features(x))).flatten(1))


# What a block gets, and its forward pass that calls it.
BLOCKS = (
    (resnet.BasicBlock, {"relu1": nn.ReLU, "relu2": nn.ReLU, "add": Add}, basic_block),
    (resnet.Bottleneck, {"relu1": nn.ReLU, "relu2": nn.ReLU, "relu3": nn.ReLU, "add": Add}, bottleneck),
    (mobilenetv2.InvertedResidual, {"add": Add}, inverted_v2),
    (mobilenetv3.InvertedResidual, {"add": Add}, inverted),
    (efficientnet.MBConv, {"add": Add}, inverted),
    (SqueezeExcitation, {"gate": Gate}, squeeze_excitation),
    (convnext.CNBlock, {"scale": Scale, "add": Add}, convnext_block),
    (vision_transformer.EncoderBlock, {"add1": Add, "add2": Add}, encoder_block),
    (swin_transformer.SwinTransformerBlock, {"add1": Add, "add2": Add}, swin_block),
    (mobilenetv2.MobileNetV2, {"pool": lambda: nn.AdaptiveAvgPool2d(1)}, mobilenet_v2),
    (densenet.DenseNet, {"pool": lambda: nn.AdaptiveAvgPool2d(1), "relu": nn.ReLU}, densenet_whole),
)
REPLACED = (
    (nn.MultiheadAttention, SelfAttention),
    (swin_transformer.ShiftedWindowAttention, WindowAttention),
    (convnext.LayerNorm2d, ChannelNorm),
)


def modular(model, explained=False, merged=False):
    """A copy. `explained`: gates and fixed factors hand on relevance. `merged`: batch norms folded where a convolution comes
    right before them."""
    model = copy.deepcopy(model)
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            for old, new in REPLACED:
                if isinstance(child, old):
                    setattr(parent, name, new(child).to(next(child.parameters()).dtype).eval())
    for module in list(model.modules()):
        if hasattr(module, "inplace"):
            module.inplace = False
        for kind, given, run in BLOCKS:
            if isinstance(module, kind):
                for name, make in given.items():
                    module.add_module(name, make())
                module.forward = types.MethodType(run, module)
    if merged:
        merge(model)
    for module in model.modules():
        if isinstance(module, (Gate, Scale)):
            module.explained = explained
    return model.eval()


def merge(model):
    """By the names of those that follow each other in the forward pass. Zennit's SequentialMergeBatchNorm goes by the order
    of modules, in which DenseNet's last convolution of a layer stands before the next layer's norm of another tensor."""
    pairs = []
    for module in model.modules():
        if isinstance(module, densenet._DenseLayer):
            pairs.append((module.conv1, module.norm2))
        elif isinstance(module, densenet.DenseNet):
            pairs.append((module.features.conv0, module.features.norm0))
        elif isinstance(module, (resnet.BasicBlock, resnet.Bottleneck, resnet.ResNet)):
            pairs += [(getattr(module, f"conv{i}"), getattr(module, f"bn{i}")) for i in (1, 2, 3) if hasattr(module, f"bn{i}")]
        if isinstance(module, nn.Sequential):
            children = list(module.children())
            pairs += [(a, b) for a, b in zip(children, children[1:]) if isinstance(a, nn.Conv2d) and isinstance(b, nn.BatchNorm2d)]
    for layer, norm in dict(pairs).items():
        factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        bias = 0 if layer.bias is None else layer.bias
        layer.weight = nn.Parameter((layer.weight * factor[:, None, None, None]).detach())
        layer.bias = nn.Parameter(((bias - norm.running_mean) * factor + norm.bias).detach())
        norm.eps = 0.0
        for tensor, value in ((norm.running_mean, 0), (norm.running_var, 1), (norm.weight, 1), (norm.bias, 0)):
            tensor.data.fill_(value)
