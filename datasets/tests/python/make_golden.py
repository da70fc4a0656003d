"""Writes the golden files of the raster and COCO tests with pycocotools (2.0.11 made those in the repository).

    python3 datasets/tests/python/make_golden.py

`rle.json`: masks as rows of 0 and 1 with the counts and the compressed string that pycocotools gives them.
`polygons.json`: polygons and the run lengths that pycocotools fills them to.
`coco.json`: a small data set with every spelling of a mask; `coco_masks.json`: what pycocotools decodes from it.
"""

import json
import pathlib

import numpy as np
from pycocotools import mask as codec
from pycocotools.coco import COCO

HERE = pathlib.Path(__file__).resolve().parent.parent / "golden"
rng = np.random.default_rng(20240607)


def compressed(mask):
    return codec.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode("ascii")


def uncompressed(mask):
    flat = np.concatenate([[0], mask.astype(np.int64).flatten(order="F")])
    changes = np.flatnonzero(np.diff(flat)) if flat.size else []
    ends = [0, *[int(c) for c in changes], mask.size]
    return [b - a for a, b in zip(ends, ends[1:])]


def masks():
    yield np.zeros((3, 5), int)
    yield np.ones((4, 2), int)
    yield np.eye(6, dtype=int)
    yield np.pad(np.ones((1, 1), int), ((2, 1), (0, 3)))
    ring = np.zeros((9, 11), int)
    ring[1:8, 2:10] = 1
    ring[3:6, 4:7] = 0
    yield ring
    for height, width, density in [(7, 5, 0.5), (16, 16, 0.1), (13, 29, 0.9), (31, 8, 0.3)]:
        yield (rng.random((height, width)) < density).astype(int)
    large = np.zeros((300, 200), int)
    yy, xx = np.mgrid[:300, :200]
    large[(yy - 140) ** 2 + (xx - 90) ** 2 < 80**2] = 1
    yield large


def rle_cases():
    cases = []
    for mask in masks():
        rows = ["".join(map(str, row)) for row in mask] if mask.size < 500 else None
        cases.append({
            "width": mask.shape[1], "height": mask.shape[0], "rows": rows,
            "counts": uncompressed(mask), "string": compressed(mask), "area": int(mask.sum()),
        })
    return cases


def polygons():
    yield 20, 20, [10, 10, 20, 10, 20, 20, 10, 20]
    yield 20, 20, [10, 10, 19, 10, 19, 19, 10, 19]
    yield 30, 20, [5.5, 5.5, 5.5, 5.5, 25.25, 7.75, 12.1, 18.9]  # a corner twice
    yield 30, 20, [2, 2, 28, 18, 28, 2, 2, 18]  # crosses itself
    yield 30, 20, [-10, -10, 40, 5, 15, 60]  # reaches out on all sides
    yield 12, 9, [3, 3, 9, 3, 6, 3]  # no area
    yield 12, 9, [0, 0, 12, 0, 12, 9, 0, 9]
    for case in range(120):
        width, height = (int(v) for v in rng.integers(5, 80, 2))
        corners = int(rng.integers(3, 12))
        if case % 3 == 0:  # star-shaped around a centre, float corners, like annotated things
            angle = np.sort(rng.random(corners)) * 2 * np.pi
            radius = rng.uniform(0.2, 0.6, corners) * min(width, height)
            points = np.stack([width / 2 + radius * np.cos(angle), height / 2 + radius * np.sin(angle)], 1)
        elif case % 3 == 1:  # anything, also outside
            points = rng.uniform(-0.3, 1.3, (corners, 2)) * [width, height]
        else:  # two decimals, as COCO files have them
            points = np.round(rng.uniform(0, 1, (corners, 2)) * [width, height], 2)
        yield width, height, [float(v) for v in points.flatten()]


def polygon_cases():
    cases = []
    for width, height, points in polygons():
        rle = codec.frPyObjects([points], height, width)[0]
        cases.append({"width": width, "height": height, "points": points, "string": rle["counts"].decode("ascii")})
    return cases


def coco_file():
    ring = list(masks())[4]
    height, width = ring.shape
    noise = (rng.random((12, 15)) < 0.5).astype(int)
    return {
        "info": {"description": "golden", "year": 2024, "contributor": "someone"},
        "licenses": [{"id": 7, "name": "CC0", "url": ""}],
        "custom": {"deep": [1, {"x": None}]},
        "images": [
            {"id": 30, "file_name": "train/ü one.png", "width": width, "height": height, "license": 7, "coco_url": "http://x"},
            {"id": 4, "file_name": "two.png", "width": 15, "height": 12, "date_captured": "2020-01-01"},
            {"id": 5, "file_name": "empty.png", "width": 6, "height": 6},
        ],
        "categories": [
            {"id": 90, "name": "toothbrush", "supercategory": "indoor", "keypoints": ["a"]},
            {"id": 3, "name": "a & b", "supercategory": ""},
        ],
        "annotations": [
            {"id": 1001, "image_id": 30, "category_id": 90, "iscrowd": 0, "area": float(ring.sum()),
             "bbox": [2, 1, 8, 7], "segmentation": {"size": [height, width], "counts": compressed(ring)}, "score": 0.5},
            {"id": 17, "image_id": 4, "category_id": 3, "iscrowd": 1, "area": float(noise.sum()),
             "bbox": [0, 0, 15, 12], "segmentation": {"size": [12, 15], "counts": uncompressed(noise)}},
            {"id": 18, "image_id": 4, "category_id": 90, "iscrowd": 0, "area": 30.5, "bbox": [1, 1, 7, 6],
             "segmentation": [[1.2, 1.7, 8.4, 2.1, 5.5, 7.9], [10, 8, 13, 8, 13, 11, 10, 11]],
             "attributes": {"occluded": False}},
        ],
    }


def main():
    HERE.mkdir(exist_ok=True)
    dump = lambda name, data: (HERE / name).write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")
    dump("rle.json", rle_cases())
    dump("polygons.json", polygon_cases())
    data = coco_file()
    dump("coco.json", data)
    coco = COCO(str(HERE / "coco.json"))
    decoded = {str(id): compressed(coco.annToMask(coco.anns[id])) for id in coco.anns}
    dump("coco_masks.json", decoded)


if __name__ == "__main__":
    main()
