"""Golden segmentations for @regional-saliency/regions: writes packages/regions/test/golden/dicom-seg.json.

Run from the repository root: python tools/reference/dicom_seg.py

Three slices of a series with three segments that overlap, as highdicom writes them: binary, fractional and label map, with and
without the empty frames, in several transfer syntaxes; and one slice alone, as of an X-ray. The masks are those given to highdicom,
and are checked against its own reader.
"""

import base64
import io
import json
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

OUT = Path(__file__).parents[2] / "packages" / "regions" / "test" / "golden" / "dicom-seg.json"
ROOT = "1.2.826.0.1.3680043.8.498.1"
ROWS, COLUMNS, SLICES = 7, 5, 3
LABELS = ["right lung", "left lung", "coração"]


def source(number):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"{ROOT}.9.{number + 1}"
    image = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = f"{ROOT}.1", f"{ROOT}.2", f"{ROOT}.3"
    image.Modality, image.PatientID, image.PatientName = "CT", "phantom", "Phantom^"
    image.PatientBirthDate = image.PatientSex = image.AccessionNumber = image.StudyID = ""
    image.StudyDate, image.StudyTime, image.SeriesNumber, image.InstanceNumber = "20240607", "000000", 1, number + 1
    image.ReferringPhysicianName = image.Manufacturer = ""
    image.Rows, image.Columns, image.SamplesPerPixel, image.PhotometricInterpretation = ROWS, COLUMNS, 1, "MONOCHROME2"
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit, image.PixelRepresentation = 15, 0
    image.PixelSpacing, image.SliceThickness, image.ImageOrientationPatient = [1, 1], 2, [1, 0, 0, 0, 1, 0]
    image.ImagePositionPatient = [0, 0, 2 * number]
    image.SpecificCharacterSet = "ISO_IR 192"
    image.PixelData = np.zeros((ROWS, COLUMNS), np.uint16).tobytes()
    return image


def segment(number, label):
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=codes.SCT.Organ,
        segmented_property_type=codes.SCT.Lung,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
    )


def write(images, pixels, kind, syntax, numbers=(1, 2, 3), **options):
    made = hd.seg.Segmentation(
        source_images=images,
        pixel_array=pixels,
        segmentation_type=kind,
        segment_descriptions=[segment(number, LABELS[number - 1]) for number in numbers],
        series_instance_uid=f"{ROOT}.4",
        series_number=2,
        sop_instance_uid=f"{ROOT}.5",
        instance_number=1,
        manufacturer="none",
        manufacturer_model_name="none",
        software_versions="1",
        device_serial_number="1",
        transfer_syntax_uid=syntax,
        content_label="MASKS",
        **options,
    )
    made.SpecificCharacterSet = "ISO_IR 192"
    made.walk(steady)
    buffer = io.BytesIO()
    made.save_as(buffer)
    return buffer.getvalue()


def steady(dataset, element):
    """Dates and UIDs that are made anew are always the same ones here, so that a second run gives the same bytes."""
    fixed = {"DA": "20240607", "TM": "000000", "DT": "20240607000000"}
    if element.VR in fixed and element.value:
        element.value = fixed[element.VR]
    if element.VR == "UI" and str(element.value).startswith("1.2.826.0.1.3680043.10.511.3."):
        element.value = f"{ROOT}.6"


def rows(mask):
    return ["".join(map(str, row)) for row in mask.astype(int).tolist()]


def case(name, content, masks, images):
    read = hd.seg.segread(io.BytesIO(content))
    for number in range(masks.shape[-1]):
        ours = read.get_pixels_by_source_instance(
            [image.SOPInstanceUID for image in images],
            segment_numbers=[number + 1],
            assert_missing_frames_are_empty=True,
            rescale_fractional=False,
            combine_segments=False,
        )[..., 0]
        largest = int(read.get("MaximumFractionalValue", 1))
        assert ((ours >= largest / 2) == masks[..., number]).all(), name
    places = [str(frame.PlanePositionSequence[0].ImagePositionPatient[2]) for frame in read.PerFrameFunctionalGroupsSequence] if (
        "PlanePositionSequence" in read.PerFrameFunctionalGroupsSequence[0]
    ) else [str(images[0].ImagePositionPatient[2])]
    return {
        "name": name,
        # Which image each slice is of, in the order in which slices stand in the file.
        "order": [int(float(place) / 2) for place in dict.fromkeys(places)],
        "file": base64.b64encode(content).decode(),
        "images": [image.SOPInstanceUID for image in images],
        "masks": [[rows(masks[at, ..., number]) for number in range(masks.shape[-1])] for at in range(len(images))],
    }


def main():
    generator = np.random.default_rng(20240607)
    images = [source(number) for number in range(SLICES)]
    masks = generator.random((SLICES, ROWS, COLUMNS, 3)) < 0.4
    masks[1, ..., 1] = False  # a segment that is absent from a slice
    stacked = masks.astype(np.uint8)
    binary, fractional, labelmap = (
        hd.seg.SegmentationTypeValues.BINARY,
        hd.seg.SegmentationTypeValues.FRACTIONAL,
        hd.seg.SegmentationTypeValues.LABELMAP,
    )
    cases = []
    for name, syntax in [("explicit", ExplicitVRLittleEndian), ("implicit", ImplicitVRLittleEndian)]:
        for omit in [True, False]:
            content = write(images, stacked, binary, syntax, omit_empty_frames=omit)
            cases.append(case(f"binary, {name}, {'sparse' if omit else 'with empty frames'}", content, masks, images))

    explicit = pydicom.dcmread(io.BytesIO(write(images, stacked, binary, ExplicitVRLittleEndian)))
    explicit.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    buffer = io.BytesIO()
    explicit.save_as(buffer)
    cases.append(case("binary, deflated", buffer.getvalue(), masks, images))

    probabilities = np.where(masks, generator.uniform(0.55, 1, masks.shape), generator.uniform(0, 0.45, masks.shape))
    probabilities[1, ..., 1] = 0
    for name, syntax in [("explicit", ExplicitVRLittleEndian), ("RLE", RLELossless)]:
        content = write(images, probabilities, fractional, syntax, max_fractional_value=200)
        cases.append(case(f"fractional, {name}", content, masks, images))

    exclusive = np.zeros_like(masks)
    chosen = generator.integers(0, 4, masks.shape[:-1])
    for number in range(3):
        exclusive[..., number] = chosen == number + 1
    for name, syntax in [("explicit", ExplicitVRLittleEndian), ("RLE", RLELossless)]:
        content = write(images, chosen.astype(np.uint8), labelmap, syntax)
        cases.append(case(f"label map, {name}", content, exclusive, images))

    content = write(images[:1], stacked[:1], binary, ExplicitVRLittleEndian)
    cases.append(case("one slice", content, masks[:1], images[:1]))
    # What a reader must refuse: another compression, and an image that is no segmentation.
    compressed = pydicom.dcmread(io.BytesIO(write(images[:1], probabilities[:1], fractional, RLELossless)))
    compressed.file_meta.TransferSyntaxUID = JPEG2000Lossless
    other = io.BytesIO()
    compressed.save_as(other)
    image = io.BytesIO()
    images[0].save_as(image, enforce_file_format=True)
    refused = {"jpeg2000": other.getvalue(), "image": image.getvalue()}
    OUT.write_text(
        json.dumps(
            {"cases": cases, "refused": {name: base64.b64encode(data).decode() for name, data in refused.items()}},
            separators=(",", ":"),
            ensure_ascii=False,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
