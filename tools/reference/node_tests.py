"""ONNX's own node tests, as the `onnx` package generates them, in one file that tests of our backends read.

    node_tests.py --out packages/conformance/fixtures/node-tests.json.gz If $(npx tsx tools/reference/operators.ts)

Each case is a model of one node, the inputs and the outputs expected. Inputs that say how a node works (axes, pads, a
shape) become constants of the model, as they are in every exported model. A case that the file can't or should not hold
is named in it, with the reason. Functions that are written out in other operators (`…_expanded`) are left out, since
those operators have tests of their own; they are counted.
"""

import argparse
import base64
import gzip
import json
import pathlib
import warnings

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

LARGEST = 20_000
KEPT = ("float32", "float64", "bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)))

# Which inputs of a node are parameters.
PARAMETERS = {
    **dict.fromkeys(("Reshape", "Expand", "Tile", "Squeeze", "Unsqueeze", "Split", "Trilu"), (1,)),
    **dict.fromkeys(("Pad", "Resize"), (1, 2, 3)),
    **dict.fromkeys(("Clip", "Dropout"), (1, 2)),
    "Slice": (1, 2, 3, 4),
    "ConstantOfShape": (0,),
    "Range": (0, 1, 2),
    "DequantizeLinear": (0, 1, 2),
    "Upsample": (1,),
    "CumSum": (1,),
    "OneHot": (1,),
}


def parameters(op):
    return (1,) if op.startswith("Reduce") else PARAMETERS.get(op, ())


def array_of(value):
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return np.asarray(value) if isinstance(value, np.generic) else value


def packed(value):
    return [value.dtype.name, list(value.shape), base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()]


def outside(values):
    """Why these values are not taken, in words."""
    for value in values:
        if not isinstance(value, np.ndarray):
            return "sequences and optional values"
        if value.dtype.name not in KEPT:
            return "text, and numbers of 16 bits or fewer that JavaScript has no array for"
        if value.size > LARGEST:
            return f"tensors of more than {LARGEST} elements"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("operators", nargs="+")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    np.random.seed(0)
    cases, left_out, expanded = [], {}, 0
    for case in collect_testcases(None):
        graph = case.model.graph
        if "_expanded" in case.name:
            expanded += any(node.op_type in given.operators for node in graph.node)
            continue
        if len(graph.node) != 1 or graph.node[0].domain or graph.node[0].op_type not in given.operators:
            continue
        node = graph.node[0]
        inputs, outputs = ([array_of(value) for value in side] for side in case.data_sets[0])
        why = outside([*inputs, *outputs])
        if why:
            left_out.setdefault(why, []).append(case.name)
            continue
        fed = dict(zip([info.name for info in graph.input], inputs))
        for at in parameters(node.op_type):
            name = node.input[at] if at < len(node.input) else ""
            if name in fed:
                graph.initializer.append(numpy_helper.from_array(fed.pop(name), name))
        cases.append(
            {
                "name": case.name.removeprefix("test_"),
                "op": node.op_type,
                "rtol": case.rtol,
                "atol": case.atol,
                "model": base64.b64encode(case.model.SerializeToString()).decode(),
                "inputs": {name: packed(value) for name, value in fed.items()},
                "outputs": {info.name: packed(value) for info, value in zip(graph.output, outputs)},
            }
        )
    text = json.dumps({"onnx": onnx.__version__, "expanded": expanded, "leftOut": left_out, "cases": cases})
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{len(cases)} cases of onnx {onnx.__version__}, {sum(map(len, left_out.values()))} left out, {expanded} expanded")


if __name__ == "__main__":
    main()
