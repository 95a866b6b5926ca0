"""Golden pixels for packages/study: what Pillow decodes and what torchvision's preprocessing makes of it.

Run from the repository root: python tools/reference/images.py
Writes packages/study/test/golden/images.json. Files are embedded as base64, arrays as base64 of their little-endian bytes.
"""

import base64
import io
import json
from pathlib import Path

import numpy as np
import torch
import torchvision.transforms as T
from PIL import Image

OUT = Path("packages/study/test/golden/images.json")
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def b64(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def encode(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def picture(height: int, width: int, channels: int, seed: int) -> np.ndarray:
    """Smooth shapes with noise: JPEG, overshoot and rounding all have something to do."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [
        127 + 127 * np.sin(x / (3 + c)) * np.cos(y / (4 + c)) + rng.normal(0, 25, (height, width))
        for c in range(channels)
    ]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def main() -> None:
    rgba = picture(29, 37, 4, 1)
    rgb, grey = rgba[..., :3], rgba[..., 0]
    deep = (picture(23, 31, 1, 2)[..., 0].astype(np.uint16) * 257) ^ 0x35
    files = {
        "grey.png": encode(Image.fromarray(grey), "PNG"),
        "grey-alpha.png": encode(Image.fromarray(np.ascontiguousarray(rgba[..., 2:])), "PNG"),
        "rgb.png": encode(Image.fromarray(rgb), "PNG"),
        "rgba.png": encode(Image.fromarray(rgba), "PNG"),
        "palette.png": encode(Image.fromarray(rgb).quantize(16), "PNG"),
        "one-bit.png": encode(Image.fromarray(grey).convert("1"), "PNG"),
        "grey.jpg": encode(Image.fromarray(grey), "JPEG", quality=85),
        "rgb.jpg": encode(Image.fromarray(rgb), "JPEG", quality=80),
        "rgb.tif": encode(Image.fromarray(rgb), "TIFF"),
        "grey-lzw.tif": encode(Image.fromarray(grey), "TIFF", compression="tiff_lzw"),
        "grey16.png": encode(Image.fromarray(deep), "PNG"),
        "grey16.tif": encode(Image.fromarray(deep), "TIFF"),
    }
    decoded = {}
    for name, data in files.items():
        image = Image.open(io.BytesIO(data))
        if image.mode == "I;16":
            array = np.array(image).astype("<u2")
        else:
            array = np.array(image.convert("L" if image.mode in ("L", "LA", "1") else "RGB"))
        decoded[name] = {"file": base64.b64encode(data).decode(), "shape": array.shape, "pixels": b64(array)}

    resized = []
    source = {"grey": picture(29, 37, 1, 3)[..., 0], "rgb": picture(31, 26, 3, 4)}
    for name, array in source.items():
        for interpolation in ("bilinear", "bicubic"):
            for size in ((16, 16), (29, 37), (64, 50), (29, 11), (7, 37), (1, 1), (3, 90)):
                flag = Image.Resampling.BILINEAR if interpolation == "bilinear" else Image.Resampling.BICUBIC
                out = np.array(Image.fromarray(array).resize((size[1], size[0]), flag))
                resized.append({"source": name, "size": size, "interpolation": interpolation, "pixels": b64(out)})

    floats = []
    image = Image.fromarray((deep / 65535).astype(np.float32))
    for size in ((12, 12), (40, 33), (23, 9)):
        out = np.array(image.resize((size[1], size[0]), Image.Resampling.BILINEAR))
        floats.append({"size": size, "pixels": b64(out.astype("<f4"))})

    prepared = []
    for name, options in (
        ("rgb.png", {"size": [24, 20], "channels": 3}),
        ("grey.png", {"size": [24, 20], "channels": 3}),
        ("rgba.png", {"size": [24, 20], "channels": 1}),
        ("rgb.jpg", {"size": 25, "crop": [20, 20], "channels": 3}),
        ("grey.jpg", {"size": 26, "crop": [21, 20], "channels": 3}),
    ):
        image = Image.open(io.BytesIO(files[name])).convert("RGB" if options["channels"] == 3 else "L")
        steps = [T.Resize(options["size"])]
        if "crop" in options:
            steps.append(T.CenterCrop(options["crop"]))
        mean, std = (MEAN, STD) if options["channels"] == 3 else (MEAN[:1], STD[:1])
        tensor = T.Compose([*steps, T.ToTensor(), T.Normalize(mean, std)])(image)
        assert tensor.dtype == torch.float32
        prepared.append(
            {"file": name, **options, "mean": mean, "std": std, "shape": tuple(tensor.shape), "values": b64(tensor.numpy())}
        )

    golden = {
        "sources": {name: {"shape": array.shape, "pixels": b64(array)} for name, array in source.items()},
        "deep": {"shape": deep.shape, "pixels": b64(deep.astype("<u2"))},
        "decoded": decoded,
        "resized": resized,
        "floats": floats,
        "prepared": prepared,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
