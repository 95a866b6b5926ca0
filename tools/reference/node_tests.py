"""ONNX's own node tests, as the `onnx` package generates them, for a test that runs them on our backends.

    node_tests.py --out DIR OPERATOR…

Writes DIR/NAME.onnx and one DIR/cases.json: for each case its operator, and the inputs and outputs expected (shape,
type and numbers). Cases whose tensors are no numbers, or larger than 20 000 elements, are left out and counted.
"""

import argparse
import json
import pathlib
import warnings

import numpy as np
import onnx
from onnx.backend.test.case.node import collect_testcases

LARGEST = 20_000
SKIPPED = ("_expanded", "_bfloat16", "_float16", "_FLOAT16", "_BFLOAT16", "_float8", "_FLOAT8", "_string")


def listed(value):
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiub" or value.dtype.itemsize == 2 and value.dtype.kind == "f":
        return None
    if value.size > LARGEST:
        return None
    numbers = value.flatten().tolist()
    if value.dtype.kind == "f":
        numbers = [number if np.isfinite(number) else str(number) for number in numbers]
    return {"shape": list(value.shape), "dtype": value.dtype.name, "data": numbers}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("operators", nargs="+")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    cases, left_out = [], 0
    for case in collect_testcases(None):
        nodes = case.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in given.operators or nodes[0].domain:
            continue
        if any(mark in case.name for mark in SKIPPED):
            left_out += 1
            continue
        inputs, outputs = case.data_sets[0]
        values = [[listed(value) for value in side] for side in (inputs, outputs)]
        if any(value is None for side in values for value in side):
            left_out += 1
            continue
        names = [[info.name for info in side] for side in (case.model.graph.input, case.model.graph.output)]
        (given.out / f"{case.name}.onnx").write_bytes(case.model.SerializeToString())
        cases.append(
            {
                "name": case.name,
                "op": nodes[0].op_type,
                "rtol": case.rtol,
                "atol": case.atol,
                "inputs": dict(zip(names[0], values[0])),
                "outputs": dict(zip(names[1], values[1])),
            }
        )
    index = {"onnx": onnx.__version__, "leftOut": left_out, "cases": cases}
    (given.out / "cases.json").write_text(json.dumps(index))
    print(f"{len(cases)} cases of onnx {onnx.__version__}, {left_out} left out")


if __name__ == "__main__":
    main()
