"""Golden pictures for packages/study: DICOM by pydicom, NIfTI by nibabel, 16-bit TIFF and PNG by tifffile and Pillow.

Run from the repository root: python tools/reference/scans.py
Writes packages/study/test/golden/scans.json. DICOM's grey values are pydicom's modality and VOI transforms, on the scale 0..1,
inverted for MONOCHROME1.
"""

import base64
import io
import json
from pathlib import Path

import imagecodecs
import nibabel as nib
import numpy as np
import tifffile
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from pydicom import uid

OUT = Path("packages/study/test/golden/scans.json")


def b64(data):
    return base64.b64encode(np.ascontiguousarray(data).tobytes() if isinstance(data, np.ndarray) else data).decode()


def picture(height, width, seed, low, high):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    wave = 0.5 + 0.4 * np.sin(x / 5) * np.cos(y / 4) + rng.normal(0, 0.05, (height, width))
    return (low + np.clip(wave, 0, 1) * (high - low)).round().astype(np.int64)


def dicom(pixels, syntax=uid.ExplicitVRLittleEndian, stored=16, signed=0, frames=None, **elements):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = uid.SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.826.0.1.3680043.8.498.7"
    image = FileDataset(
        None,
        {},
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=syntax == uid.ImplicitVRLittleEndian,
        is_little_endian=syntax != uid.ExplicitVRBigEndian,
    )
    image.SOPClassUID, image.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    shape = pixels.shape[1:] if frames else pixels.shape
    image.Rows, image.Columns = shape[:2]
    image.SamplesPerPixel = shape[2] if len(shape) == 3 else 1
    image.PhotometricInterpretation = elements.pop("photometric", "MONOCHROME2")
    if image.SamplesPerPixel == 3:
        image.PlanarConfiguration = 0
    image.BitsAllocated = 8 if stored <= 8 else 16
    image.BitsStored, image.HighBit, image.PixelRepresentation = stored, stored - 1, signed
    if frames:
        image.NumberOfFrames = frames
    tables = {key: elements.pop(key) for key in list(elements) if isinstance(elements[key], Dataset)}
    for key, value in elements.items():
        setattr(image, key, value)
    for key, value in tables.items():
        setattr(image, key, [value])
    kind = np.dtype("u1" if stored <= 8 else "<i2" if signed else "<u2")
    if syntax == uid.ExplicitVRBigEndian:
        kind = kind.newbyteorder(">")
    raw = pixels.astype(kind).tobytes()
    image.PixelData = raw + b"\0" * (len(raw) % 2)
    image["PixelData"].VR = "OW" if stored > 8 else "OB"
    return image


def encapsulated(image, frames, syntax):
    image.file_meta.TransferSyntaxUID = syntax
    image.PixelData = encapsulate(frames)
    image["PixelData"].is_undefined_length = True
    image["PixelData"].VR = "OB"
    return image


def content(image):
    buffer = io.BytesIO()
    image.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def table(first, entries, bits):
    item = Dataset()
    item.LUTDescriptor = [len(entries), first, bits]
    item["LUTDescriptor"].VR = "US" if first >= 0 else "SS"
    item.LUTData = [int(entry) for entry in entries]
    item["LUTData"].VR = "US"
    return item


def shade(image, values, window=None):
    """0..1, as pydicom shades."""
    values = apply_modality_lut(values, image).astype(np.float64)
    if "VOILUTSequence" in image and not window:
        bits = image.VOILUTSequence[0].LUTDescriptor[2]
        out = apply_voi_lut(values.astype(np.int64), image).astype(np.float64) / (2**bits - 1)
    elif window or "WindowCenter" in image:
        shown = Dataset()
        shown.update(image)
        if window:
            shown.WindowCenter, shown.WindowWidth = window
        # pydicom shades to the range that stored values can have after rescaling.
        low, high = (-(2 ** (image.BitsStored - 1)), 2 ** (image.BitsStored - 1) - 1) if image.PixelRepresentation else (0, 2**image.BitsStored - 1)
        slope, intercept = float(image.get("RescaleSlope", 1)), float(image.get("RescaleIntercept", 0))
        low, high = low * slope + intercept, high * slope + intercept
        if "ModalityLUTSequence" in image:
            low, high = 0, 2 ** image.ModalityLUTSequence[0].LUTDescriptor[2] - 1
        out = (apply_voi_lut(values, shown, prefer_lut=False) - low) / (high - low)
    else:
        kept = values if "PixelPaddingValue" not in image else values[image.pixel_array != image.PixelPaddingValue]
        out = np.clip((values - kept.min()) / (kept.max() - kept.min()), 0, 1)
    return 1 - out if image.PhotometricInterpretation == "MONOCHROME1" else out


def grey(name, image, lossy=None, **options):
    values = image.pixel_array if lossy is None else lossy
    if "frame" in options:
        values = values[options["frame"]]
    out = shade(image, values, options.get("window"))
    return {"name": name, "file": b64(content(image)), "options": options, "shape": out.shape, "shades": b64(out.astype("<f8"))}


def dicoms():
    wide = picture(13, 11, 1, 0, 4095)
    low = picture(13, 11, 2, -1000, 1500)
    byte = picture(13, 11, 3, 0, 255)
    hounsfield = {"RescaleSlope": "1.5", "RescaleIntercept": "-1024"}
    lung = {"WindowCenter": "300", "WindowWidth": "1500"}
    for name, syntax in [
        ("implicit", uid.ImplicitVRLittleEndian),
        ("explicit", uid.ExplicitVRLittleEndian),
        ("deflated", uid.DeflatedExplicitVRLittleEndian),
        ("big endian", uid.ExplicitVRBigEndian),
    ]:
        yield grey(f"12 bits, {name}", dicom(wide, syntax, 12, **hounsfield, **lung))
    yield grey("signed, window of the file", dicom(low, signed=1, **lung))
    yield grey("signed, window given", dicom(low, signed=1, **lung), window=[-600, 1500])
    yield grey("signed in 12 bits", dicom(np.clip(low, -2048, 2047), stored=12, signed=1, **lung))
    yield grey("without a window", dicom(wide, stored=12, **hounsfield))
    yield grey("without a window, padded", dicom(np.where(byte < 60, 4095, wide // 2), stored=12, PixelPaddingValue=4095))
    yield grey("MONOCHROME1", dicom(wide, stored=12, photometric="MONOCHROME1"))
    yield grey("MONOCHROME1, window of the file", dicom(wide, stored=12, photometric="MONOCHROME1", WindowCenter="2000", WindowWidth="2500"))
    yield grey("several windows", dicom(wide, stored=12, WindowCenter=["1000", "2"], WindowWidth=["900", "3"]))
    yield grey("window of width 1", dicom(wide, stored=12, WindowCenter="2000", WindowWidth="1"))
    yield grey("LINEAR_EXACT", dicom(wide, stored=12, WindowCenter="2000", WindowWidth="900", VOILUTFunction="LINEAR_EXACT"))
    yield grey("SIGMOID", dicom(wide, stored=12, WindowCenter="2000", WindowWidth="900", VOILUTFunction="SIGMOID"))
    ramp = (np.linspace(0, 1, 2000) ** 2 * 1023).round()
    yield grey("table of interest", dicom(wide, stored=12, VOILUTSequence=table(1000, ramp, 10), **lung))
    yield grey("table of modality", dicom(wide, stored=12, ModalityLUTSequence=table(500, ramp, 16), WindowCenter="500", WindowWidth="700"))
    yield grey("8 bits", dicom(byte, stored=8))
    stack = np.stack([byte, byte[::-1], byte[:, ::-1]])
    yield grey("the last of three frames", dicom(stack, stored=8, frames=3), frame=2)

    for name, pixels, stored, signed in [("8 bits", byte, 8, 0), ("12 bits", wide, 12, 0), ("signed", low, 16, 1)]:
        plain = dict(stored=stored, signed=signed, **lung)
        kind = np.uint8 if stored == 8 else np.int16 if signed else np.uint16
        array = pixels.astype(kind)
        image = dicom(pixels, **plain)
        image.compress(uid.RLELossless, array, generate_instance_uid=False)
        yield grey(f"RLE, {name}", image)
        frame = imagecodecs.jpeg2k_encode(array, level=0, codecformat="j2k", reversible=True, bitspersample=stored)
        yield grey(f"JPEG 2000 Lossless, {name}", encapsulated(dicom(pixels, **plain), [frame], uid.JPEG2000Lossless), pixels)
        unsigned = array.view(np.uint16) if signed else array
        frame = imagecodecs.jpegls_encode(unsigned)
        yield grey(f"JPEG-LS, {name}", encapsulated(dicom(pixels, **plain), [frame], uid.JPEGLSLossless), pixels)
        frame = imagecodecs.ljpeg_encode(unsigned, bitspersample=max(stored, 8))
        yield grey(f"JPEG Lossless, {name}", encapsulated(dicom(pixels, **plain), [frame], uid.JPEGLosslessSV1), pixels)
    frame = imagecodecs.jpeg8_encode(byte.astype(np.uint8), level=90)
    lossy = np.asarray(Image.open(io.BytesIO(frame)))
    yield grey("JPEG Baseline", encapsulated(dicom(byte, stored=8), [frame], uid.JPEGBaseline8Bit), lossy)


def colours():
    rgb = np.stack([picture(9, 7, seed, 0, 255) for seed in (4, 5, 6)], -1)
    yield "RGB", dicom(rgb, stored=8, photometric="RGB"), rgb
    planar = dicom(np.moveaxis(rgb, -1, 0).reshape(9, 7, 3), stored=8, photometric="RGB")
    planar.PlanarConfiguration = 1
    yield "RGB by planes", planar, rgb
    rle = dicom(rgb, stored=8, photometric="RGB")
    rle.compress(uid.RLELossless, rgb.astype(np.uint8), generate_instance_uid=False)
    yield "RGB, RLE", rle, rgb


def niftis():
    rng = np.random.default_rng(7)
    volume = rng.normal(100, 40, (6, 5, 4)).astype(np.float32)
    plain = nib.Nifti1Image(volume, np.eye(4))
    shown = nib.Nifti1Image(volume, np.eye(4))
    shown.header["cal_min"], shown.header["cal_max"] = 60, 150
    for name, image, options, (low, high) in [
        ("whole range", plain, {}, (volume.min(), volume.max())),
        ("display range", shown, {}, (60, 150)),
        ("window", shown, {"window": [100, 80], "axis": "coronal", "index": 1}, (60, 140)),
    ]:
        cut = volume[:, 1, :] if options else volume[:, :, 2]
        out = np.clip((cut.T[::-1, ::-1].astype(np.float64) - low) / (float(high) - low), 0, 1)
        yield {"name": name, "file": b64(image.to_bytes()), "options": options, "shape": out.shape, "shades": b64(out.astype("<f8"))}


def deep():
    """16 bits: the values that were written, which tifffile and Pillow read back."""
    grey16 = picture(11, 9, 8, 0, 65535).astype(np.uint16)
    rgb16 = np.stack([picture(11, 9, seed, 0, 65535) for seed in (9, 10, 11)], -1).astype(np.uint16)
    tiffs = [
        ("grey, big endian", grey16, dict(byteorder=">")),
        ("grey, LZW with predictor", grey16, dict(compression="lzw", predictor=True)),
        ("grey, deflate in tiles", grey16, dict(compression="zlib", tile=(16, 16))),
        ("grey, BigTIFF", grey16, dict(bigtiff=True)),
        ("RGB", rgb16, dict(photometric="rgb")),
        ("RGB by planes", np.moveaxis(rgb16, -1, 0), dict(photometric="rgb", planarconfig="separate")),
    ]
    for name, values, options in tiffs:
        buffer = io.BytesIO()
        extra = {key: options.pop(key) for key in ("bigtiff", "byteorder") if key in options}
        tifffile.imwrite(buffer, values, metadata=None, **{"photometric": "minisblack", **options}, **extra)
        seen = tifffile.imread(io.BytesIO(buffer.getvalue()))
        seen = np.moveaxis(seen, 0, -1) if "planes" in name else seen
        yield {"name": f"{name}.tif", "file": b64(buffer.getvalue()), "shape": seen.shape, "pixels": b64(seen.astype("<u2"))}
    buffer = io.BytesIO()
    Image.fromarray(grey16).save(buffer, "PNG")
    seen = np.asarray(Image.open(io.BytesIO(buffer.getvalue())))
    yield {"name": "grey.png", "file": b64(buffer.getvalue()), "shape": seen.shape, "pixels": b64(seen.astype("<u2"))}
    data = imagecodecs.png_encode(rgb16)
    yield {"name": "RGB.png", "file": b64(data), "shape": rgb16.shape, "pixels": b64(rgb16.astype("<u2"))}


def main():
    twelve = imagecodecs.jpeg_encode(picture(13, 11, 1, 0, 4095).astype(np.uint16), bitspersample=12)
    refused = {
        "JPEG Extended (1.2.840.10008.1.2.4.51)": encapsulated(dicom(picture(13, 11, 1, 0, 4095), stored=12), [twelve], uid.JPEGExtended12Bit),
        "High-Throughput JPEG 2000 Lossless (1.2.840.10008.1.2.4.201)": encapsulated(dicom(picture(13, 11, 3, 0, 255), stored=8), [b"\xff\x4f" * 8], uid.HTJ2KLossless),
    }
    golden = {
        "dicom": list(dicoms()),
        "colours": [
            {"name": name, "file": b64(content(image)), "shape": pixels.shape, "pixels": b64(pixels.astype(np.uint8))}
            for name, image, pixels in colours()
        ],
        "refused": {name: b64(content(image)) for name, image in refused.items()},
        "nifti": list(niftis()),
        "deep": list(deep()),
    }
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
