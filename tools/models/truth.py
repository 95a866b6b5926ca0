"""What a model says and its gradient, by PyTorch in float64, with PyTorch's own float32 error beside it.

What is explained is one number an image: the score of the class that float64 predicts where the output is [N, classes]; else
the mean of one slice of the output (a class of a segmentation, a column of a detector's boxes), the one that is largest.
"""

import copy

import numpy as np
import torch

from case_file import errors, write


def objective_of(output, axis=None, index=None):
    """@param axis where the output's channels are; default the second of [N, C, H, W], else the last
    @param index which of them; default the one that is largest in the mean"""
    if output.ndim == 2:
        return {"kind": "class", "targets": output.argmax(1).tolist()}
    if axis is None:
        axis = 1 if output.ndim == 4 else output.ndim - 1
    if index is not None:
        return {"kind": "slice", "axis": axis, "index": index}
    others = [each for each in range(output.ndim) if each != axis]
    return {"kind": "slice", "axis": axis, "index": int(output.mean(others).argmax())}


def scalars(output, objective):
    if objective["kind"] == "class":
        return output.gather(1, torch.tensor(objective["targets"])[:, None])[:, 0]
    return output.select(objective["axis"], objective["index"]).flatten(1).mean(1)


def explained(model, images, objective=None):
    x = images.clone().requires_grad_()
    output = model(x)
    objective = objective or objective_of(output.detach())
    # One image at a time in float64: what a batch keeps for its way back is large.
    scalars(output, objective).sum().backward()
    return output.detach().numpy(), x.grad.numpy(), objective


def write_truth(folder, model, images, about, axis=None, index=None):
    """@param model gives one tensor; a copy of it is taken to float64"""
    exact = copy.deepcopy(model).double()
    with torch.no_grad():
        objective = objective_of(exact(images.double()), axis, index)
    parts = []
    for at, image in enumerate(images):
        own = objective | ({"targets": [objective["targets"][at]]} if objective["kind"] == "class" else {})
        parts.append(explained(exact, image[None].double(), own))
    del exact
    output, gradient = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    output32, gradient32, _ = explained(model.float(), images, objective)
    write(folder, about, images.numpy(), objective, output, gradient, errors(output32, output), errors(gradient32, gradient))
