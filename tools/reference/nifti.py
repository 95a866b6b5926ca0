"""Golden slices for @regional-saliency/regions: writes packages/regions/test/golden/nifti.json.

Run from the repository root: python tools/reference/nifti.py

Small volumes as nibabel writes them: every type of voxel, both versions and byte orders, scaled and not, with the transforms
that real files have (each order and direction of axes, oblique, sform or qform alone, none). For planes of the body the
volume is turned by nibabel's as_closest_canonical, and then seen as radiologists see it.
"""

import base64
import gzip
import itertools
import json
from pathlib import Path

import nibabel as nib
import numpy as np

OUT = Path(__file__).parents[2] / "packages" / "regions" / "test" / "golden" / "nifti.json"


def encoded(image):
    return image.to_bytes()


def turned(angles):
    """A rotation by small angles about the three axes."""
    rotation = np.eye(3)
    for axis, angle in enumerate(angles):
        i, j = [other for other in range(3) if other != axis]
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        rotation = rotation @ turn
    return rotation


def body_planes(image):
    canonical = np.asarray(nib.as_closest_canonical(image).get_fdata())
    return {
        "axial": lambda k: canonical[:, :, k].T[::-1, ::-1],
        "coronal": lambda k: canonical[:, k, :].T[::-1, ::-1],
        "sagittal": lambda k: canonical[k, :, :].T[::-1, ::-1],
    }, canonical.shape


def case(name, image, content=None, planes=True, volume=None):
    values = np.asarray(image.get_fdata())
    if volume is not None:
        values = values[..., volume]
        image = image.slicer[..., volume]
    slices = []
    for axis in range(3):
        index = values.shape[axis] - 1 - axis % 2
        slices.append({"axis": axis, "index": index, "values": np.take(values, index, axis)})
    if planes:
        views, shape = body_planes(image)
        for number, plane in enumerate(["sagittal", "coronal", "axial"]):
            index = shape[number] // 2
            slices.append({"axis": plane, "index": index, "values": views[plane](index)})
    return {
        "name": name,
        "file": base64.b64encode(content or encoded(image)).decode(),
        "volume": volume,
        "slices": [
            {**each, "shape": each["values"].shape, "values": each["values"].ravel().tolist()} for each in slices
        ],
        "range": [float(values.min()), float(values.max())],
    }


def main():
    generator = np.random.default_rng(20240607)
    shape = (3, 4, 5)
    plain = np.diag([2.0, 1.5, 3.0, 1.0])
    cases = []

    def volume(dtype, shape=shape):
        kind = np.dtype(dtype)
        if kind.kind == "f":
            return generator.normal(0, 100, shape).astype(kind)
        low, high = max(np.iinfo(kind).min, -(2**31)), min(np.iinfo(kind).max, 2**32 - 1)
        return generator.integers(low, high, shape, endpoint=True).astype(kind)

    for dtype in ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"]:
        for make, version, order in [(nib.Nifti1Image, 1, ">"), (nib.Nifti2Image, 2, "<")]:
            order = order if dtype != "i2" else "<>".replace(order, "")
            header = make.header_class(endianness=order)
            header.set_data_dtype(np.dtype(dtype).newbyteorder(order))
            cases.append(case(f"{dtype}, version {version}, {order}", make(volume(dtype), plain, header)))

    scaled = nib.Nifti1Image(volume("i2"), plain)
    scaled.header.set_slope_inter(0.125, -3.5)
    raw = bytearray(encoded(scaled))
    raw[112:120] = np.array([0.125, -3.5], "<f4").tobytes()
    cases.append(case("scaled", nib.Nifti1Image.from_bytes(bytes(raw)), bytes(raw)))
    raw[112:120] = np.array([0, 7], "<f4").tobytes()
    cases.append(case("with a slope of 0", nib.Nifti1Image.from_bytes(bytes(raw)), bytes(raw)))

    for order in itertools.permutations(range(3)):
        for signs in itertools.product([1, -1], repeat=3):
            affine = np.eye(4)
            affine[:3, :3] = np.eye(3)[list(order)] * signs * [2, 1.5, 3]
            image = nib.Nifti1Image(volume("u1", (2, 3, 4)), affine)
            cases.append(case("".join(nib.aff2axcodes(affine)), image))

    for number in range(3):
        affine = np.eye(4)
        order = generator.permutation(3)
        affine[:3, :3] = turned(generator.uniform(-0.5, 0.5, 3)) @ (np.eye(3)[order] * [2, -1.5, 3])
        for form in ["sform", "qform", "both"]:
            for make in [nib.Nifti1Image, nib.Nifti2Image]:
                image = make(volume("i2"), affine)
                image.set_sform(affine, 0 if form == "qform" else 1)
                image.set_qform(affine, 0 if form == "sform" else 1)
                content = encoded(image)
                cases.append(case(f"oblique {number}, {form}, {make.__name__}", make.from_bytes(content), content))

    bare = nib.Nifti1Image(volume("u1"), None)
    cases.append(case("without a transform", bare, planes=False))
    several = nib.Nifti1Image(volume("i2", (*shape, 3)), plain)
    cases.append(case("the second of three volumes", several, encoded(several), volume=1))
    squashed = nib.Nifti1Image(volume("u1"), plain)
    cases.append(case("compressed", squashed, gzip.compress(encoded(squashed), mtime=0)))

    OUT.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
