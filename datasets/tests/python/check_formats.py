"""check_formats.py FORMAT TARGET TRUTH: reads an export with somebody else's reader, or by the rules of one, and compares
every object with the truth. Prints the reader and the smallest IoU; fails if a mask is not what it should be.

The truth is `full/IMAGE/OBJECT.pgm`, `visible/...` and `index.json`: pictures by path, classes by object."""

import base64
import io
import json
import pathlib
import shutil
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
from PIL import Image, ImageDraw

from truth import expect, masks


class Truth:
    def __init__(self, folder, kind="full"):
        index = json.loads((pathlib.Path(folder) / "index.json").read_text(encoding="utf-8"))
        self.images, self.classes = index["images"], index["classes"]
        self.masks = masks(folder, kind)
        # Two pictures may share a name, but not a path; readers that drop folders are asked about the others.
        self.left = {(i, o) for i, of in self.masks.items() for o, mask in of.items() if mask.any()}
        self.count, self.worst = 0, 1.0

    def image(self, path):
        return self.images[path]["id"]

    def size(self, path):
        return self.images[path]["height"], self.images[path]["width"]

    def found(self, path, label, mask, least=1.0):
        """Takes the object of the picture and class that fits best off the list."""
        image = self.image(path)
        mask = np.asarray(mask) != 0
        expect(mask.shape == self.size(path), f"{path}: shape {mask.shape}")
        candidates = [key for key in self.left if key[0] == image and self.classes[str(key[1])] == label]
        expect(candidates, f"{path}: no {label!r} is left")
        iou = lambda key: iou_of(mask, self.masks[image][key[1]] != 0)
        best = max(sorted(candidates), key=iou)
        expect(iou(best) >= least, f"{path}: object {best[1]} has IoU {iou(best):.4f}, at least {least} is expected")
        self.worst = min(self.worst, iou(best))
        self.count += 1
        self.left.discard(best)

    def done(self, reader):
        expect(not self.left, f"objects missing: {sorted(self.left)}")
        print(f"OK\t{reader}\t{self.count}\t{self.worst:.4f}")


def iou_of(a, b):
    return (a & b).sum() / max((a | b).sum(), 1)


def even_odd(points, shape, scale=8):
    """Pillow's polygon, drawn large and looked at in the middle of the pixels: without its outline."""
    large = Image.new("1", (shape[1] * scale, shape[0] * scale))
    # Half a step aside, so that no corner lies in the middle of a large pixel.
    ImageDraw.Draw(large).polygon([(x * scale - 0.5, y * scale - 0.5) for x, y in points], fill=1)
    return np.array(large)[scale // 2 :: scale, scale // 2 :: scale]


def yaml_names(path):
    import yaml

    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    expect(data["nc"] == len(data["names"]) and sorted(data["names"]) == list(range(data["nc"])), "names of data.yaml")
    return data["names"]


def labelme(target, truth):
    """The rules of labelme/_label_file.py."""
    truth = Truth(truth)
    files = sorted(path for path in pathlib.Path(target).rglob("*.json") if path.name != "limn-export.json")
    for path in files:
        data = json.loads(path.read_text(encoding="utf-8"))
        for key in ["version", "imageData", "imagePath", "shapes", "flags", "imageHeight", "imageWidth"]:
            expect(key in data, f"{path}: no {key}")
        picture = path.parent / pathlib.PureWindowsPath(data["imagePath"]).as_posix()
        with Image.open(picture) as opened:
            expect((opened.height, opened.width) == (data["imageHeight"], data["imageWidth"]), f"{path}: size")
        name = data["limn"]["path"]
        parts = {}
        for at, shape in enumerate(data["shapes"]):
            expect(isinstance(shape["label"], str) and isinstance(shape["points"], list) and shape["points"], path)
            expect(shape["group_id"] is None or type(shape["group_id"]) is int, f"{path}: group_id")
            expect(all(type(key) is str and type(value) is bool for key, value in shape["flags"].items()), path)
            expect(isinstance(shape["description"], str), f"{path}: description")
            mask = np.zeros(truth.size(name), bool)
            if shape["shape_type"] == "mask":
                (x0, y0), (x1, y1) = shape["points"]
                small = np.array(Image.open(io.BytesIO(base64.b64decode(shape["mask"])))).astype(bool)
                expect(small.shape == (y1 - y0 + 1, x1 - x0 + 1), f"{path}: mask of {small.shape}")
                mask[y0 : y1 + 1, x0 : x1 + 1] = small
            else:
                expect(shape["shape_type"] == "polygon" and len(shape["points"]) >= 3, f"{path}: {shape['shape_type']}")
                mask = even_odd(shape["points"], truth.size(name))
            # Labels with the same group are one thing.
            key = (shape["label"], shape["group_id"] if shape["group_id"] is not None else -1 - at)
            parts[key] = parts.get(key, False) | mask
        for (label, _), mask in parts.items():
            truth.found(name, label, mask)
    truth.done("Pillow, by the rules of labelme")


def yolo(target, truth, boxes=False):
    truth, target = Truth(truth), pathlib.Path(target)
    names = yaml_names(target / "data.yaml")
    note = json.loads((target / "limn-export.json").read_text(encoding="utf-8"))
    if boxes:
        for image, of in truth.masks.items():
            for mask in of.values():
                rows, columns = np.nonzero(mask)
                mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = 1
    for entry in note["images"]:
        picture = list((target / "images").glob(f"{entry['stem']}.*"))
        expect(len(picture) == 1, f"{entry['stem']}: {picture}")
        shape = truth.size(entry["path"])
        for line in (target / "labels" / f"{entry['stem']}.txt").read_text().splitlines():
            index, *values = line.split()
            values = [float(value) for value in values]
            expect(all(0 <= value <= 1 for value in values), f"{entry['stem']}: {values}")
            if boxes:
                cx, cy, w, h = values
                values = [cx - w / 2, cy - h / 2, cx + w / 2, cy - h / 2, cx + w / 2, cy + h / 2, cx - w / 2, cy + h / 2]
            points = [(x * shape[1], y * shape[0]) for x, y in zip(values[::2], values[1::2])]
            points = [(round(x, 4), round(y, 4)) for x, y in points]
            truth.found(entry["path"], names[int(index)], even_odd(points, shape))
    truth.done("Pillow and PyYAML, by the rules of YOLO")


def with_datumaro(kind, target, truth):
    import datumaro

    truth = Truth(truth, "visible" if kind == "coco_panoptic" else "full")
    dataset = datumaro.Dataset.import_from(str(target), kind)
    names = [label.name for label in dataset.categories()[datumaro.AnnotationType.label]]
    stems = {path.rsplit(".", 1)[0]: path for path in truth.images}
    for item in dataset:
        path = item.id if item.id in truth.images else stems[item.id]
        groups = {}
        for at, annotation in enumerate(item.annotations):
            if annotation.type == datumaro.AnnotationType.mask:
                mask = np.asarray(annotation.image) != 0
                groups[("mask", at)] = (names[annotation.label], mask)
            elif annotation.type == datumaro.AnnotationType.polygon:
                mask = even_odd(list(zip(annotation.points[::2], annotation.points[1::2])), truth.size(path))
                key = ("polygon", annotation.label, annotation.group or -1 - at)
                former = groups.get(key, (None, False))[1]
                groups[key] = (names[annotation.label], former | mask)
            else:
                expect(annotation.type == datumaro.AnnotationType.label, f"{path}: {annotation.type}")
        for label, mask in groups.values():
            truth.found(path, label, mask)
    truth.done("datumaro")


def cvat(target, truth):
    root = ElementTree.parse(target).getroot()
    expect(root.find("version").text == "1.1", "version")
    labels = {label.find("name").text for label in root.iter("label")}
    for image in root.iter("image"):
        for shape in image:
            expect(shape.get("label") in labels, f"{shape.get('label')} is not declared")
            if shape.tag == "mask":
                runs = [int(run) for run in shape.get("rle").split(", ")]
                expect(sum(runs) == int(shape.get("width")) * int(shape.get("height")), "runs")
    # datumaro wants the pictures beside the file.
    folder = pathlib.Path(target).parent
    index = json.loads((pathlib.Path(truth) / "index.json").read_text(encoding="utf-8"))
    for path in index["images"]:
        copy = folder / "images" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(pathlib.Path(index["root"]) / path, copy)
    with_datumaro("cvat", folder, truth)


def panoptic(target, truth):
    """The checks of panopticapi/evaluation.py, then datumaro."""
    target = pathlib.Path(target)
    data = json.loads(target.read_text(encoding="utf-8"))
    categories = {category["id"]: category for category in data["categories"]}
    expect(all(category["isthing"] in (0, 1) and len(category["color"]) == 3 for category in categories.values()), "categories")
    truth = Truth(truth, "visible")
    paths = {image["id"]: image["file_name"] for image in data["images"]}
    for annotation in data["annotations"]:
        with Image.open(target.with_suffix("") / annotation["file_name"]) as picture:
            expect(picture.mode == "RGB", f"{annotation['file_name']}: mode {picture.mode}")
            pixels = np.array(picture, dtype=np.uint32)
        ids = pixels[:, :, 0] + 256 * pixels[:, :, 1] + 256 * 256 * pixels[:, :, 2]
        segments = {segment["id"]: segment for segment in annotation["segments_info"]}
        expect(len(segments) == len(annotation["segments_info"]), "segments are unique")
        expect(set(np.unique(ids)) - {0} == set(segments), f"{annotation['file_name']}: segments of PNG and JSON differ")
        for number, segment in segments.items():
            mask = ids == number
            rows, columns = np.nonzero(mask)
            box = [columns.min(), rows.min(), columns.max() - columns.min() + 1, rows.max() - rows.min() + 1]
            expect(segment["area"] == mask.sum() and segment["bbox"] == box, f"segment {number}: area or box")
            truth.found(paths[annotation["image_id"]], categories[segment["category_id"]]["name"], mask)
    truth.done("Pillow, by the rules of panopticapi")


def label_studio(target, truth):
    from label_studio_converter.brush import decode_rle

    truth = Truth(truth)
    for task in json.loads(pathlib.Path(target).read_text(encoding="utf-8")):
        path = task["meta"]["limn"]["path"]
        height, width = truth.size(path)
        for result in task["annotations"][0]["result"]:
            expect((result["original_height"], result["original_width"]) == (height, width), f"{path}: size")
            value = result["value"]
            if result["type"] == "brushlabels":
                rgba = np.reshape(decode_rle(value["rle"]), [height, width, 4])
                expect(set(np.unique(rgba)) <= {0, 255}, f"{path}: values")
                truth.found(path, value["brushlabels"][0], rgba[:, :, 3])
            else:
                points = [(round(x * width / 100, 6), round(y * height / 100, 6)) for x, y in value["points"]]
                truth.found(path, value["polygonlabels"][0], even_odd(points, (height, width)))
    truth.done("label_studio_converter")


def eiseg(target, truth):
    """EISeg takes `segmentation[0]` of every annotation, and splits label lines at spaces; pycocotools fills the ring."""
    from pycocotools import mask as codec

    truth, target = Truth(truth), pathlib.Path(target)
    data = json.loads(target.read_text(encoding="utf-8"))
    lines = (target.parent / "autosave_label.txt").read_text(encoding="utf-8").split("\n")
    labels = [line.split(" ") for line in lines if line]
    expect(all(len(label) == 5 and all(value.isdigit() for value in label[2:]) for label in labels), "labels")
    names = {category["id"]: category["name"] for category in data["categories"]}
    expect({int(label[0]) for label in labels} == set(names), "numbers of labels")
    images = {image["id"]: image for image in data["images"]}
    whole = {}
    for at, annotation in enumerate(data["annotations"], 1):
        expect(annotation["id"] == at and len(annotation["segmentation"]) == 1, f"annotation {at}")
        image = images[annotation["image_id"]]
        [rle] = codec.frPyObjects(annotation["segmentation"][:1], image["height"], image["width"])
        expect(codec.area(rle) == annotation["area"], f"annotation {at}: area")
        key = (image["limn_path"], names[annotation["category_id"]], annotation["limn_object"])
        whole[key] = whole.get(key, False) | (codec.decode(rle) != 0)
    for (path, label, _), mask in whole.items():
        truth.found(path, label, mask)
    truth.done("pycocotools, first rings as EISeg takes them")


def colors(target, truth):
    truth, target = Truth(truth, "visible"), pathlib.Path(target)
    lines = [line.split(":") for line in (target / "labelmap.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    palette = {tuple(int(v) for v in line[1].split(",")): line[0] for line in lines}
    expect(len(palette) == len(lines), "colours are distinct")
    note = json.loads((target / "limn-export.json").read_text(encoding="utf-8"))
    for entry in note["images"]:
        picture = np.array(Image.open(target / f"{entry['stem']}.png"))
        expect(picture.shape == truth.size(entry["path"]) + (3,), f"{entry['stem']}: {picture.shape}")
        of_class = {}
        for id, mask in truth.masks.get(truth.image(entry["path"]), {}).items():
            name = truth.classes[str(id)]
            of_class[name] = of_class.get(name, False) | (mask != 0)
            truth.left.discard((truth.image(entry["path"]), id))
            truth.count += 1
        for color, name in palette.items():
            wanted = of_class.get(name.replace("_", ":") if name not in of_class else name)
            seen = (picture == np.array(color)).all(axis=2)
            if color != (0, 0, 0):
                expect((seen == (wanted if wanted is not None else False)).all(), f"{entry['stem']}: {name}")
    truth.done("Pillow")


def cutouts(target, truth):
    truth, target = Truth(truth), pathlib.Path(target)
    note = json.loads((target / "limn-export.json").read_text(encoding="utf-8"))
    written = {entry["name"]: entry["written"] for entry in note["classes"]}
    # The note names no place; the test lays the project beside the exports.
    (project,) = target.parent.glob("*/*.limn")
    root = project.parent
    for entry in note["images"]:
        for k, item in enumerate(entry["objects"], 1):
            cut = np.array(Image.open(target / written[item["class"]] / f"{entry['stem']}#{k}.png"))
            x0, y0, x1, y1 = item["bounds"]
            expect(cut.shape == (y1 - y0, x1 - x0, 4) and set(np.unique(cut[:, :, 3])) <= {0, 255}, f"{cut.shape}")
            mask = np.zeros(truth.size(entry["path"]), bool)
            mask[y0:y1, x0:x1] = cut[:, :, 3] == 255
            picture = np.array(Image.open(root / entry["path"]).convert("RGB"))
            inside = cut[:, :, 3] == 255
            expect((picture[y0:y1, x0:x1][inside] == cut[inside][:, :3]).all(), "colours")
            truth.found(entry["path"], item["class"], mask)
    truth.done("Pillow")


def main(kind, target, truth):
    readers = {
        "labelme": labelme,
        "yolo": yolo,
        "yolo-boxes": lambda target, truth: yolo(target, truth, boxes=True),
        "cvat": cvat,
        "coco-panoptic": panoptic,
        "label-studio": label_studio,
        "datumaro": lambda target, truth: with_datumaro("datumaro", target, truth),
        "eiseg": eiseg,
        "masks": colors,
        "cutouts": cutouts,
    }
    readers[kind](target, truth)


main(*sys.argv[1:])
