"""keras.applications as LayersModel, GraphModel (both by tensorflowjs) and ONNX (by tf2onnx), and their truths.

    keras_models.py FOLDER NAME…      writes FOLDER/keras-NAME.{layers,graph,onnx}/: the file, case.json, images and truths

Weights are Keras' initial ones, seeded; what batch norms and biases start at is drawn instead. The truth is tf.GradientTape in
float64, of the same model built anew in float64 with the same weights; TensorFlow's own float32 is beside it.
"""

import json
import os
import pathlib
import shutil
import sys
import types

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_USE_LEGACY_KERAS": "1", "CUDA_VISIBLE_DEVICES": ""}
# tensorflowjs imports it to register the operators of decision forests, which no vision model has.
sys.modules["tensorflow_decision_forests"] = types.ModuleType("tensorflow_decision_forests")
# Nor is anything converted from JAX.
sys.modules["tensorflowjs.converters.jax_conversion"] = types.SimpleNamespace(convert_jax=None)

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras as keras  # noqa: E402
import tensorflowjs as tfjs  # noqa: E402

from case_file import errors, write  # noqa: E402

CLASSES = 10
IMAGES = 2
# Sides of the images; the smallest that leave places at the end.
SIZES = {
    "MobileNet": 96,
    "MobileNetV2": 96,
    "EfficientNetB0": 96,
    "ResNet50": 96,
    "InceptionV3": 139,
    "DenseNet121": 96,
    "NASNetMobile": 96,
    "Xception": 96,
}


def make(name, dtype):
    keras.backend.clear_session()
    keras.backend.set_floatx(dtype)
    size = SIZES[name]
    arguments = {} if name in ("MobileNetV2", "EfficientNetB0", "MobileNet") else {}
    return getattr(keras.applications, name)(
        weights=None, classes=CLASSES, input_shape=(size, size, 3), classifier_activation=None, **arguments
    )


def drawn(model, images):
    """Weights in float32: norms' scales and shifts drawn, their statistics those of the images, so that the signal lives on."""
    draw = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
            if layer.gamma is not None:
                layer.gamma.assign(draw.uniform(0.5, 1.5, layer.gamma.shape))
            if layer.beta is not None:
                layer.beta.assign(draw.uniform(-0.2, 0.2, layer.beta.shape))
        elif getattr(layer, "bias", None) is not None and getattr(layer, "use_bias", False):
            layer.bias.assign(draw.uniform(-0.1, 0.1, layer.bias.shape))
    model(images, training=True)
    return [np.asarray(weight, np.float32) for weight in model.get_weights()]


def gradient(model, images, targets):
    x = tf.Variable(images)
    with tf.GradientTape() as tape:
        output = model(x, training=False)
        score = tf.reduce_sum(tf.gather(output, targets[:, None], axis=1, batch_dims=1))
    return output.numpy(), tape.gradient(score, x).numpy()


def run(root, name):
    np.random.seed(0)
    tf.random.set_seed(0)
    size = SIZES[name]
    images = np.random.default_rng(2).normal(size=(IMAGES, size, size, 3)).astype(np.float32)
    weights = drawn(make(name, "float32"), images)
    exact = make(name, "float64")
    exact.set_weights([weight.astype(np.float64) for weight in weights])
    targets = exact(images.astype(np.float64), training=False).numpy().argmax(1)
    output, truth = gradient(exact, images.astype(np.float64), targets)
    model = make(name, "float32")
    model.set_weights(weights)
    output32, truth32 = gradient(model, images, targets)
    float32 = errors(output32, output), errors(truth32, truth)
    about = {"framework": f"TensorFlow {tf.__version__}", "from": f"keras.applications {keras.__version__}"}
    for form, export in (("layers", to_layers), ("graph", to_graph), ("onnx", to_onnx)):
        folder = root / f"keras-{name.lower()}.{form}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            exporter = export(model, folder)
        except Exception as error:  # what an exporter refuses is part of the table
            reason = " ".join(str(error).split())[:150] or type(error).__name__
            (folder / "case.json").write_text(json.dumps(about | {"refused": f"the exporter refuses it: {reason}"}))
            continue
        objective = {"kind": "class", "targets": targets.tolist()}
        write(folder, about | {"exporter": exporter}, images, objective, output, truth, *float32)
    print(f"  made {name}", file=sys.stderr, flush=True)


def to_layers(model, folder):
    tfjs.converters.save_keras_model(model, str(folder))
    return f"tensorflowjs {tfjs.__version__}"


def to_graph(model, folder):
    saved = folder / "saved"
    tf.saved_model.save(model, str(saved))
    tfjs.converters.convert_tf_saved_model(str(saved), str(folder))
    shutil.rmtree(saved)
    return f"tensorflowjs {tfjs.__version__}"


def to_onnx(model, folder):
    import tf2onnx

    shape = tf.TensorSpec([None, *model.input_shape[1:]], tf.float32, name="input")
    tf2onnx.convert.from_keras(model, input_signature=(shape,), output_path=str(folder / "model.onnx"))
    return f"tf2onnx {tf2onnx.__version__}"


if __name__ == "__main__":
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for each in sys.argv[2:]:
        run(pathlib.Path(sys.argv[1]), each)
