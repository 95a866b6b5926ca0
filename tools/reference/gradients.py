"""Golden values and gradients for packages/core: what PyTorch's float64 autograd gives for one operator at a time.

Run from the repository root: python tools/reference/gradients.py
Writes packages/core/test/golden/*.json, one file a family. Operators and attributes are named as in ONNX; r is what
arrives at the output, and each differentiable input has the vector-Jacobian product with it. Inputs are multiples of
1/256, so that float32 holds them exactly.
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

OUT = Path("packages/core/test/golden")
torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(20250301)

KINKS = torch.tensor([-20, -6, -3, -2.5, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 2.5, 3, 6, 20.0])
POSITIVE = torch.tensor([0.25, 0.5, 1, 1.5, 3, 20.0])


def numbers(*shape: int) -> torch.Tensor:
    return torch.round(torch.randn(shape, generator=generator) * 256) / 256


def ties(*shape: int) -> torch.Tensor:
    """Whole numbers of which many are equal."""
    return torch.randint(-2, 2, shape, generator=generator).to(torch.float64)


def listed(tensor: torch.Tensor) -> dict:
    return {"shape": list(tensor.shape), "data": tensor.detach().flatten().tolist()}


def golden(name: str, op: str, function, inputs: list, weights: list = (), **attributes) -> dict:
    """`weights` follow the inputs and get no gradient."""
    inputs = [tensor.clone().requires_grad_() for tensor in inputs]
    output = function(*inputs, *weights)
    r = numbers(*output.shape)
    gradients = torch.autograd.grad(output, inputs, r)
    return {
        "name": name,
        "op": op,
        "attributes": attributes,
        "inputs": [listed(tensor) for tensor in inputs],
        "weights": [listed(tensor) for tensor in weights],
        "output": listed(output),
        "r": listed(r),
        "gradients": [listed(tensor) for tensor in gradients],
    }


def each_axis(value, rank: int) -> list[int]:
    return [value] * rank if isinstance(value, int) else list(value)


def convolution(name: str, x: tuple, w: tuple, stride=1, padding=0, dilation=1, groups=1) -> dict:
    rank = len(w) - 2
    function = [F.conv1d, F.conv2d, F.conv3d][rank - 1]
    pads = {"auto_pad": "SAME_UPPER"} if padding == "same" else {"pads": each_axis(padding, rank) * 2}
    return golden(
        name,
        "Conv",
        lambda x, w: function(x, w, None, stride, padding, dilation, groups),
        [numbers(*x)],
        [numbers(*w)],
        strides=each_axis(stride, rank),
        dilations=each_axis(dilation, rank),
        group=groups,
        **pads,
    )


def transposed(name: str, x: tuple, w: tuple, stride=1, padding=0, output_padding=0, groups=1, dilation=1) -> dict:
    rank = len(w) - 2
    function = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][rank - 1]
    return golden(
        name,
        "ConvTranspose",
        lambda x, w: function(x, w, None, stride, padding, output_padding, groups, dilation),
        [numbers(*x)],
        [numbers(*w)],
        strides=each_axis(stride, rank),
        dilations=each_axis(dilation, rank),
        pads=each_axis(padding, rank) * 2,
        output_padding=each_axis(output_padding, rank),
        group=groups,
    )


def convolutions() -> list[dict]:
    return [
        convolution("padded", (2, 3, 5, 6), (4, 3, 3, 3), padding=1),
        convolution("stride 2, a row not reached", (1, 2, 6, 5), (3, 2, 3, 3), stride=2),
        convolution("strides 2 and 3, pads 1 and 2", (1, 2, 7, 8), (2, 2, 3, 5), stride=(2, 3), padding=(1, 2)),
        convolution("dilated", (1, 2, 7, 6), (2, 2, 3, 2), padding=(2, 1), dilation=(2, 3)),
        convolution("same, even kernel, dilated", (1, 1, 5, 6), (2, 1, 2, 4), padding="same", dilation=(3, 1)),
        convolution("2 groups", (1, 4, 4, 5), (6, 2, 3, 3), stride=(1, 2), padding=1, groups=2),
        convolution("depthwise with a multiplier", (1, 3, 5, 5), (6, 1, 3, 3), stride=2, padding=1, groups=3),
        convolution("1-D", (2, 2, 9), (3, 2, 3), stride=2, padding=1, dilation=2),
        convolution("3-D", (1, 2, 3, 4, 4), (2, 2, 2, 3, 2), stride=(1, 2, 1), padding=(1, 0, 1)),
        transposed("stride 2", (2, 3, 3, 4), (3, 2, 2, 2), stride=2),
        transposed("output_padding", (1, 2, 3, 3), (2, 3, 3, 3), stride=(2, 3), padding=1, output_padding=(1, 2)),
        transposed("output_padding not reached", (1, 1, 3, 2), (1, 2, 2, 2), stride=3, output_padding=(2, 1)),
        transposed("2 groups, dilated", (1, 4, 3, 3), (4, 2, 2, 3), groups=2, dilation=(2, 1), padding=(1, 0)),
        transposed("1-D", (1, 2, 4), (2, 3, 3), stride=2, output_padding=1),
        transposed("3-D", (1, 2, 2, 3, 2), (2, 1, 2, 2, 3), stride=(2, 1, 1), padding=(0, 1, 0)),
    ]


def max_pool(name: str, x: torch.Tensor, kernel, stride, padding=0, dilation=1, ceil=False) -> dict:
    rank = x.dim() - 2
    function = [F.max_pool1d, F.max_pool2d, F.max_pool3d][rank - 1]
    return golden(
        name,
        "MaxPool",
        lambda x: function(x, kernel, stride, padding, dilation, ceil),
        [x],
        kernel_shape=each_axis(kernel, rank),
        strides=each_axis(stride, rank),
        pads=each_axis(padding, rank) * 2,
        dilations=each_axis(dilation, rank),
        ceil_mode=int(ceil),
    )


def average_pools() -> list[dict]:
    shapes = {
        "2×2": ((1, 2, 5, 6), 2, 2, 0),
        "padded": ((1, 2, 5, 6), 3, 2, 1),
        "padded, unequal": ((1, 1, 6, 7), (3, 4), (2, 3), (1, 2)),
        "a last window that hangs over": ((1, 1, 6, 6), 3, 2, 0),
        "a last window that would begin in the padding": ((1, 1, 5, 5), 2, 3, 1),
    }
    cases = []
    for title, (shape, kernel, stride, padding) in shapes.items():
        for ceil in (False, True):
            for counted in (False, True):
                name = title + (", ceil_mode" if ceil else "") + (", padding counted" if counted else "")
                cases.append(
                    golden(
                        name,
                        "AveragePool",
                        lambda x: F.avg_pool2d(x, kernel, stride, padding, ceil, counted),
                        [numbers(*shape)],
                        kernel_shape=each_axis(kernel, 2),
                        strides=each_axis(stride, 2),
                        pads=each_axis(padding, 2) * 2,
                        ceil_mode=int(ceil),
                        count_include_pad=int(counted),
                    )
                )
    return cases


def pools() -> list[dict]:
    return [
        max_pool("2×2", numbers(2, 2, 4, 6), 2, 2),
        max_pool("overlapping", numbers(1, 2, 6, 7), 3, 2, 1),
        max_pool("overlapping, ties", ties(2, 2, 6, 7), 3, 2, 1),
        max_pool("stride 1, ties", ties(1, 2, 4, 5), 3, 1, 1),
        max_pool("zeros only", torch.zeros(1, 1, 4, 4), 3, 2, 1),
        max_pool("negative numbers only", -numbers(1, 2, 4, 5).abs() - 1, 2, 2),
        max_pool("ceil_mode", numbers(1, 2, 6, 5), 3, 2, 0, ceil=True),
        max_pool("ceil_mode, padded, ties", ties(1, 1, 5, 8), 2, 3, 1, ceil=True),
        max_pool("dilated", numbers(1, 1, 7, 8), (2, 3), (2, 1), 1, (3, 2)),
        max_pool("1-D", numbers(1, 2, 7), 3, 2, 1),
        max_pool("3-D", numbers(1, 1, 4, 3, 4), 2, (2, 1, 2)),
        *average_pools(),
        golden("images", "GlobalAveragePool", lambda x: F.adaptive_avg_pool2d(x, 1), [numbers(2, 2, 3, 4)]),
        golden("images", "GlobalMaxPool", lambda x: F.adaptive_max_pool2d(x, 1), [numbers(2, 2, 3, 4)]),
        golden("ties", "GlobalMaxPool", lambda x: F.adaptive_max_pool2d(x, 1), [ties(2, 3, 3, 4)]),
    ]


def activations() -> list[dict]:
    plain = {
        "Relu": F.relu,
        "Sigmoid": torch.sigmoid,
        "Tanh": torch.tanh,
        "HardSwish": F.hardswish,
        "Softplus": F.softplus,
        "Softsign": F.softsign,
        "Selu": F.selu,
        "Erf": torch.erf,
        "Exp": torch.exp,
        "Abs": torch.abs,
        "Neg": torch.neg,
    }
    positive = {"Log": torch.log, "Sqrt": torch.sqrt, "Reciprocal": torch.reciprocal}
    return [
        *(golden("around its kinks", op, function, [KINKS]) for op, function in plain.items()),
        *(golden("positive numbers", op, function, [POSITIVE]) for op, function in positive.items()),
        golden("as ReLU6", "Clip", F.relu6, [KINKS], min=0, max=6),
        golden("as Hardtanh", "Clip", F.hardtanh, [KINKS], min=-1, max=1),
        golden("as clamp, from below", "Clip", lambda x: x.clamp(min=-0.5), [KINKS], min=-0.5),
        golden("default", "LeakyRelu", F.leaky_relu, [KINKS], alpha=0.01),
        golden("slope 0.25", "LeakyRelu", lambda x: F.leaky_relu(x, 0.25), [KINKS], alpha=0.25),
        golden("default", "Elu", F.elu, [KINKS]),
        golden("alpha 0.5", "Elu", lambda x: F.elu(x, 0.5), [KINKS], alpha=0.5),
        golden("PyTorch's constants", "HardSigmoid", F.hardsigmoid, [KINKS], alpha=1 / 6, beta=0.5),
        golden("erf", "Gelu", F.gelu, [KINKS], approximate="none"),
        golden("tanh", "Gelu", lambda x: F.gelu(x, approximate="tanh"), [KINKS], approximate="tanh"),
        golden("last axis", "Softmax", lambda x: F.softmax(x, -1), [4 * numbers(2, 3, 5)], axis=-1),
        golden("channels", "Softmax", lambda x: F.softmax(x, 1), [4 * numbers(2, 3, 2, 2)], axis=1),
        golden("last axis", "LogSoftmax", lambda x: F.log_softmax(x, -1), [4 * numbers(2, 3, 5)], axis=-1),
    ]


def arithmetic() -> list[dict]:
    a, b = ties(3, 1, 4), ties(2, 4)
    x, y = numbers(2, 3, 1), numbers(3, 4)
    scale, shift, mean = numbers(3), numbers(3), numbers(3)
    variance = numbers(3).abs() + 0.25
    return [
        golden("ties, broadcast", "Max", torch.maximum, [a, b]),
        golden("ties, broadcast", "Min", torch.minimum, [a, b]),
        golden("ties", "ReduceMax", lambda x: x.amax((1, 3)), [ties(2, 3, 2, 4)], axes=[1, 3], keepdims=0),
        golden("ties", "ReduceMin", lambda x: x.amin((1, 3)), [ties(2, 3, 2, 4)], axes=[1, 3], keepdims=0),
        golden("broadcast", "Mul", torch.mul, [x, y]),
        golden("broadcast", "Div", torch.div, [x, y.abs() + 0.5]),
        golden("broadcast", "Pow", torch.pow, [x.abs() + 0.5, y]),
        golden("batches that broadcast", "MatMul", torch.matmul, [numbers(2, 1, 2, 3), numbers(3, 3, 2)]),
        golden("a vector", "MatMul", torch.matmul, [numbers(2, 2, 3), numbers(3)]),
        golden("a linear layer", "Gemm", F.linear, [numbers(2, 3), numbers(4, 3), numbers(4)], transB=1),
        golden(
            "images",
            "BatchNormalization",
            lambda x, *w: F.batch_norm(x, w[2], w[3], w[0], w[1], eps=1e-3),
            [numbers(2, 3, 2, 2)],
            [scale, shift, mean, variance],
            epsilon=1e-3,
        ),
    ]


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for family in (convolutions, pools, activations, arithmetic):
        cases = ",\n".join(json.dumps(case, ensure_ascii=False) for case in family())
        (OUT / f"{family.__name__}.json").write_text(f'{{"torch": "{torch.__version__}", "cases": [\n{cases}\n]}}\n')


if __name__ == "__main__":
    main()
