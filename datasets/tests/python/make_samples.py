"""make_samples.py FOLDER: one small data set in every format as other programs write it (datumaro, Label Studio's
converter, Pillow), and `expected.json`: class and COCO run lengths of every object, by picture and sample.

Run once to make `tests/golden/samples`; needs the packages of `tests/requirements.txt`."""

import base64
import io
import json
import pathlib
import shutil
import sys

import datumaro as dm
import numpy as np
from datumaro.components.media import Image as Media
from label_studio_converter.brush import mask2rle
from PIL import Image
from pycocotools import mask as codec

SIZES = {"a.png": (10, 12), "b c.png": (7, 9)}
LABELS = ["cat", "big dog"]


def objects():
    """Picture, label, mask: a ring with a hole, a box, an L."""
    ring = np.zeros(SIZES["a.png"], np.uint8)
    ring[1:8, 1:7] = 1
    ring[3:6, 3:5] = 0
    box = np.zeros(SIZES["a.png"], np.uint8)
    box[5:9, 8:11] = 1
    corner = np.zeros(SIZES["b c.png"], np.uint8)
    corner[1:6, 2:4] = 1
    corner[4:6, 2:8] = 1
    return [("a.png", 0, ring), ("a.png", 1, box), ("b c.png", 1, corner)]


def rle(mask):
    return codec.encode(np.asfortranarray(mask))["counts"].decode()


def picture(name):
    height, width = SIZES[name]
    return np.full((height, width, 3), 90, np.uint8)


def png(values):
    out = io.BytesIO()
    Image.fromarray(values).save(out, "png")
    return out.getvalue()


def with_datumaro(folder):
    items = []
    for name in SIZES:
        annotations = [
            dm.Mask(mask, label=label, id=at, group=at, z_order=at, attributes={"occluded": at == 2, "is_crowd": False})
            for at, (of, label, mask) in enumerate(objects(), 1)
            if of == name
        ]
        media = Media.from_numpy(data=picture(name), ext=".png", size=SIZES[name])
        items.append(dm.DatasetItem(name.rsplit(".", 1)[0], subset="default", media=media, annotations=annotations))
    dataset = dm.Dataset.from_iterable(items, categories=LABELS, media_type=Media)
    for kind, to in [("datumaro", "datumaro"), ("voc_segmentation", "voc"), ("coco_panoptic", "panoptic"), ("cvat", "cvat")]:
        dataset.export(str(folder / to), kind, save_media=False)
    # datumaro puts the subset into the names of files.
    (folder / "panoptic/annotations/panoptic_default.json").rename(folder / "panoptic/panoptic_default.json")
    shutil.move(folder / "panoptic/annotations/panoptic_default", folder / "panoptic/panoptic_default")


def coco(folder):
    """Run lengths as pycocotools writes them; no info, no licenses."""
    folder.mkdir()
    names = list(SIZES)
    images = [{"id": at, "width": SIZES[name][1], "height": SIZES[name][0], "file_name": name} for at, name in enumerate(names)]
    annotations = [{"id": at, "image_id": names.index(name), "category_id": label, "iscrowd": 0, "area": int(mask.sum()),
                    "bbox": codec.toBbox(codec.encode(np.asfortranarray(mask))).tolist(),
                    "segmentation": {"size": list(mask.shape), "counts": rle(mask)}} for at, (name, label, mask) in enumerate(objects())]
    categories = [{"id": at, "name": name} for at, name in enumerate(LABELS)]
    data = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "instances.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def labelme(folder):
    folder.mkdir()
    for name, (height, width) in SIZES.items():
        shapes = []
        for of, label, mask in objects():
            if of == name:
                rows, columns = np.nonzero(mask)
                x0, y0, x1, y1 = columns.min(), rows.min(), columns.max(), rows.max()
                data = base64.b64encode(png((mask * 255)[y0 : y1 + 1, x0 : x1 + 1])).decode()
                shapes.append({"label": LABELS[label], "points": [[float(x0), float(y0)], [float(x1), float(y1)]], "group_id": None,
                               "description": "", "shape_type": "mask", "flags": {"wet": True}, "mask": data})
        if name == "a.png":
            # The box once more, in two rectangles of one group; a point has no area.
            rectangle = {"label": "cat", "group_id": 3, "description": "", "shape_type": "rectangle", "flags": {}, "mask": None}
            shapes += [rectangle | {"points": [[0.0, 9.0], [4.0, 10.0]]}, rectangle | {"points": [[12.0, 10.0], [10.0, 9.0]]}]
        data = {"version": "5.5.0", "flags": {"night": False}, "shapes": shapes, "imagePath": "..\\" + name, "imageData": None,
                "imageHeight": height, "imageWidth": width, "myKey": [1]}
        (folder / f"{pathlib.Path(name).stem}.json").write_text(json.dumps(data, indent=2, ensure_ascii=False), encoding="utf-8")


def label_studio(folder):
    folder.mkdir()
    tasks = []
    for number, (name, (height, width)) in enumerate(SIZES.items(), 1):
        results = []
        for at, (of, label, mask) in enumerate(objects()):
            if of == name:
                value = {"format": "rle", "rle": mask2rle(mask * 255), "brushlabels": [LABELS[label]]}
                results.append({"id": f"r{at}", "type": "brushlabels", "from_name": "tag", "to_name": "image", "original_width": width,
                                "original_height": height, "image_rotation": 0, "value": value, "score": 0.5})
        url = f"/data/upload/1/0a1b2c3d-{name}"
        tasks.append({"id": number, "data": {"image": url}, "annotations": [{"id": number, "was_cancelled": False, "result": results}]})
    (folder / "tasks.json").write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")


def yolo(folder):
    (folder / "labels/train").mkdir(parents=True)
    (folder / "data.yaml").write_text("train: images/train\nnc: 2\nnames: ['cat', 'big dog']\n")
    height, width = SIZES["a.png"]
    box = [8 / width, 5 / height, 11 / width, 5 / height, 11 / width, 9 / height, 8 / width, 9 / height]
    (folder / "labels/train/a.txt").write_text("1 " + " ".join(f"{v:.6f}" for v in box) + "\n")
    corner = [(2, 1), (4, 1), (4, 4), (8, 4), (8, 6), (2, 6)]
    height, width = SIZES["b c.png"]
    (folder / "labels/train/b c.txt").write_text("1 " + " ".join(f"{x / width:.6f} {y / height:.6f}" for x, y in corner) + "\n")


def eiseg(folder):
    """As EISeg's util/coco writes it: info an empty text, keys without folders."""
    folder.mkdir()
    names = list(SIZES)
    images = [{"id": at, "width": SIZES[name][1], "height": SIZES[name][0], "file_name": name, "license": "", "flickr_url": "",
               "coco_url": "", "date_captured": ""} for at, name in enumerate(names, 1)]
    rings = [("a.png", 1, [8, 5, 11, 5, 11, 9, 8, 9]), ("b c.png", 1, [2, 1, 4, 1, 4, 4, 8, 4, 8, 6, 2, 6])]
    annotations = [{"id": at, "iscrowd": 0, "image_id": names.index(name) + 1, "category_id": label + 1, "segmentation": [ring],
                    "area": 12.0, "bbox": [0, 0, 1, 1]} for at, (name, label, ring) in enumerate(rings, 1)]
    categories = [{"id": 2, "name": "big dog", "color": [0, 200, 0], "supercategory": ""}]
    data = {"categories": categories, "images": images, "annotations": annotations, "info": "", "licenses": []}
    (folder / "annotations.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    (folder / "autosave_label.txt").write_text("1 cat 200 0 0\n2 big dog 0 200 0\n", encoding="utf-8")


def masks(folder):
    folder.mkdir()
    lines = ["# label:color_rgb:parts:actions", "background:0,0,0::", "cat:10,20,30::", "big dog:40,50,60::"]
    (folder / "labelmap.txt").write_text("\n".join(lines) + "\n")
    colors = [(10, 20, 30), (40, 50, 60)]
    for name in SIZES:
        values = np.zeros(SIZES[name] + (3,), np.uint8)
        for of, label, mask in objects():
            if of == name:
                values[mask == 1] = colors[label]
        (folder / name).write_bytes(png(values))


def main(folder):
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with_datumaro(folder)
    for make in [coco, labelme, label_studio, yolo, eiseg, masks]:
        make(folder / make.__name__)
    all_of = [[name, LABELS[label], rle(mask)] for name, label, mask in objects()]
    band = np.zeros(SIZES["a.png"], np.uint8)
    band[9:10, 0:4] = band[9:10, 10:12] = 1
    expected = {name: all_of for name in ["coco", "panoptic", "voc", "cvat", "datumaro", "label_studio", "masks"]}
    expected["labelme"] = all_of + [["a.png", "cat", rle(band)]]
    expected["yolo"] = expected["eiseg"] = all_of[1:]
    (folder / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False), encoding="utf-8")


main(*sys.argv[1:])
