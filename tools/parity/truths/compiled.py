"""Runs compiled programs by Python's onnxruntime: a line of JSON in, one out.

    {"program", "pixels", "shape", "targets", "draws": {name: {"file", "shape"}}, "out"}

"out" gets the maps of batch 1 and of batch 5 of the same images, those of batch 5 repeated in a circle until it is full.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

BATCHES = (1, 5)


def run(asked):
    onnx.checker.check_model(asked["program"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(asked["program"], options, providers=["CPUExecutionProvider"])
    wanted = {each.name for each in session.get_inputs()}
    count = asked["shape"][0]
    feeds = {"input": np.fromfile(asked["pixels"], np.float32).reshape(asked["shape"])}
    if "target" in wanted:
        feeds["target"] = np.array(asked["targets"], np.int64)
    for name, drawn in asked["draws"].items():
        feeds[name] = np.fromfile(drawn["file"], np.float32).reshape(drawn["shape"])
    for batch in BATCHES:
        rows = np.arange(-(-count // batch) * batch) % count
        parts = [
            session.run(["relevance"], {name: value[rows[at : at + batch]] for name, value in feeds.items()})[0]
            for at in range(0, len(rows), batch)
        ]
        # An image that comes twice in a batch must have the same map; the last of each image is kept.
        maps = np.concatenate(parts)
        last = [np.flatnonzero(rows == image)[-1] for image in range(count)]
        maps[last].astype(np.float32).tofile(f"{asked['out']}.{batch}.f32")


for line in sys.stdin:
    try:
        run(json.loads(line))
        print(json.dumps({"batches": BATCHES}), flush=True)
    except Exception as error:  # is the program's fault, and part of the table
        print(json.dumps({"error": f"{type(error).__name__}: {error}".splitlines()[0]}), flush=True)
