"""Golden case for attention-aware LRP: writes packages/methods/test/golden-lrp/attention.*

Run from the repository root: python tools/reference/attention.py, with `pip install --no-deps lxt==2.1` besides
requirements.txt (it is only needed here and its own requirements are not).

A tiny vision transformer in float64; attention, softmax, layer norms and sums by lxt, linear layers by Zennit's Gamma. lxt adds
its ε without a sign; here it gets Zennit's stabilizer. Every γ is the same number in float32.
"""

import json
import warnings

import methods
import torch
from lrp import GOLDEN, SHAPE, TARGETS
from lxt.explicit import functional as lxt
from methods import CLASSES, export, packed
from torch import nn
from zennit.composites import LayerMapComposite
from zennit.core import stabilize
from zennit.rules import Gamma, Pass
from zennit.attribution import Gradient

lxt._stabilize = lambda value, epsilon=1e-6, inplace=False: stabilize(value, 1e-6)


class Explained:
    """What a module calls in float64, where relevance comes back by lxt's rules."""

    matmul = staticmethod(lambda a, b: lxt.matmul(a, b))
    softmax = staticmethod(lambda x: lxt.softmax(x, -1))
    add = staticmethod(lambda a, b: lxt.add2(a, b))
    scale = staticmethod(lambda x, factor: lxt.mul2(x, factor))
    takes_bias = True

    @classmethod
    def norm(cls, x, norm):
        if cls.takes_bias:
            return lxt.layer_norm(x, norm.weight, norm.bias, norm.eps)
        return lxt.layer_norm(x, norm.weight, None, norm.eps) + norm.bias



class Plain:
    matmul = staticmethod(torch.matmul)
    softmax = staticmethod(lambda x: x.softmax(-1))
    add = staticmethod(lambda a, b: a + b)
    scale = staticmethod(lambda x, factor: x * factor)
    norm = staticmethod(lambda x, norm: norm(x))


def norm(width):
    """Its ε is the same number in float32, as files have it."""
    return nn.LayerNorm(width, eps=2**-16)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = norm(width), norm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.act, self.down = nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)

    def forward(self, x, do):
        _, tokens, width = x.shape
        qkv = self.qkv(do.norm(x, self.norm1)).reshape(-1, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        weights = do.softmax(do.scale(do.matmul(q, k.transpose(-2, -1)), (width // self.heads) ** -0.5))
        x = do.add(x, self.proj(do.matmul(weights, v).transpose(1, 2).reshape(-1, tokens, width)))
        return do.add(x, self.down(self.act(self.up(do.norm(x, self.norm2)))))


class Transformer(nn.Module):
    """Patches of 4 × 4 behind a class token, which alone is read in the end."""

    def __init__(self, width=8):
        super().__init__()
        self.do = Plain
        self.patches = nn.Conv2d(2, width, 4, 4)
        self.token, self.position = nn.Parameter(torch.zeros(1, 1, width)), nn.Parameter(torch.zeros(1, 10, width))
        self.blocks = nn.ModuleList([Block(width, 2), Block(width, 2)])
        self.norm = norm(width)
        self.head = nn.Linear(width, CLASSES)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        for block in self.blocks:
            x = block(x, self.do)
        return self.head(self.do.norm(x, self.norm)[:, 0])


def main():
    draw = torch.Generator().manual_seed(8)
    model = Transformer().eval()
    for name, parameter in model.named_parameters():
        parameter.data = torch.randn(parameter.shape, generator=draw) * (0.3 if parameter.ndim == 1 else 0.5)
        if "norm" in name and name.endswith("weight"):
            parameter.data += 1
    x = torch.randn(2, *SHAPE, generator=draw)
    for exporter, name in (("torchscript", "attention"), ("dynamo", "attention-dynamo")):
        export(model, SHAPE, name, exporter)
        (methods.FIXTURES / f"{name}.onnx").rename(GOLDEN / f"{name}.onnx")
    model, x = model.double(), x.double()
    output = model(x)
    weights = torch.eye(CLASSES).double()[TARGETS]
    model.do = Explained
    expected = {}
    for key, convolution, dense, zero in (
        ("attn-lrp gamma=0.0625", 0.25, 0.0625, None),
        ("attn-lrp gamma=0", 0.25, 0.0, None),
        ("attn-lrp gamma=0.5 convolutionGamma=1", 1.0, 0.5, None),
        ("attn-lrp gamma=0.5 bias=false", 0.25, 0.5, "bias"),
    ):
        table = [
            ((nn.Conv2d,), Gamma(convolution, zero_params=zero)),
            ((nn.Linear,), Gamma(dense, zero_params=zero)),
            ((nn.GELU,), Pass()),
        ]
        Explained.takes_bias = zero is None
        with Gradient(model, LayerMapComposite(table)) as attributor:
            explained, relevance = attributor(x.clone(), weights)
        assert torch.allclose(explained, output, rtol=1e-12, atol=1e-12)
        expected[key] = packed(relevance)
    case = {"input": packed(x.float()), "output": packed(output), "expected": expected}
    (GOLDEN / "attention.json").write_text(json.dumps(case, indent=1) + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
