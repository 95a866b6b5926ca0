"""Checks ONNX files that packages/onnx wrote, as strictly as the onnx package can.

Run: python tools/reference/onnx_check.py explained.onnx ...
For each file: the checker with full checks, shape inference in strict mode with data propagation (which fails where
a declared shape disagrees with an inferred one), and loading it in onnxruntime. Exit code 1 at the first failure.
"""

import sys

import onnx
import onnxruntime
from onnx import checker, shape_inference


def check(path: str) -> str:
    model = onnx.load(path)
    checker.check_model(model, full_check=True)
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    domains = {node.domain for node in inferred.graph.node}
    if domains - {""}:
        raise ValueError(f"{path}: operators of other domains: {sorted(domains - {''})}")
    for output in inferred.graph.output:
        if not output.type.tensor_type.HasField("shape"):
            raise ValueError(f"{path}: the output {output.name} has no shape")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    opset = next(item.version for item in model.opset_import if item.domain == "")
    return f"{len(model.graph.node)} nodes, opset {opset}"


for path in sys.argv[1:]:
    print(f"{path}: {check(path)}")
