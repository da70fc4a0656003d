"""check_coco.py FILE.json TRUTH [PICTURES]: loads the file with pycocotools and compares every decoded mask, area and
box with the truth, pixel for pixel; checks ids, types and file names."""

import json
import pathlib
import sys

import numpy as np
from PIL import Image
from pycocotools import mask as codec
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from truth import expect, masks


def main(file, truth, pictures=None):
    coco = COCO(file)
    data = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    expect(isinstance(data["info"], dict) and isinstance(data["licenses"], list), "types of info and licenses")
    wanted = masks(truth, "full")
    count = {"polygon": 0, "rle": 0}
    for annotation in data["annotations"]:
        name = f"annotation {annotation['id']}"
        expect(annotation["id"] >= 1 and annotation["category_id"] in coco.cats, f"{name}: ids")
        expect(type(annotation["iscrowd"]) is int and annotation["iscrowd"] in (0, 1), f"{name}: iscrowd")
        mask = wanted[annotation["image_id"]].pop(annotation["id"])
        decoded = coco.annToMask(annotation)
        expect(decoded.shape == mask.shape, f"{name}: shape {decoded.shape} instead of {mask.shape}")
        expect((decoded == mask).all(), f"{name}: {(decoded != mask).sum()} pixels differ")
        rle = codec.encode(np.asfortranarray(mask))
        expect(annotation["area"] == codec.area(rle) == mask.sum(), f"{name}: area")
        expect(annotation["bbox"] == [int(v) for v in codec.toBbox(rle)], f"{name}: bbox")
        if isinstance(annotation["segmentation"], dict):
            count["rle"] += 1
            if isinstance(annotation["segmentation"]["counts"], str):
                expect(annotation["segmentation"]["counts"] == rle["counts"].decode(), f"{name}: other RLE string")
        else:
            count["polygon"] += 1
    expect(not any(wanted.values()), f"objects missing: {wanted}")
    names = [image["file_name"] for image in data["images"]]
    expect(len(set(names)) == len(names) and not any("\\" in name for name in names), "file names")
    for image in data["images"] if pictures else []:
        size = Image.open(pathlib.Path(pictures) / image["file_name"]).size
        expect(size == (image["width"], image["height"]), f"{image['file_name']}: size {size}")
    # The evaluation itself: the data set against itself must be perfect.
    results = [
        {"image_id": a["image_id"], "category_id": a["category_id"], "score": 1.0, "segmentation": coco.annToRLE(a)}
        for a in data["annotations"]
    ]
    evaluation = COCOeval(coco, coco.loadRes(results), "segm")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    expect(evaluation.stats[0] > 0.999, f"AP against itself is {evaluation.stats[0]}")
    print(f"OK {file}: {count['polygon']} polygons and {count['rle']} RLE decode exactly, AP {evaluation.stats[0]:.3f}")


main(*sys.argv[1:])
