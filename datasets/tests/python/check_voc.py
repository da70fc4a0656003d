"""check_voc.py FOLDER TRUTH: reads a VOC folder with Pillow and ElementTree and compares the palette masks with the
truth (what no object above covers), pixel for pixel; boxes are 1-based and inclusive."""

import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
from PIL import Image

from truth import expect, masks


def voc_palette():
    palette = []
    for index in range(256):
        color, rest = [0, 0, 0], index
        for bit in range(7, -1, -1):
            for channel in range(3):
                color[channel] |= (rest >> channel & 1) << bit
            rest >>= 3
        palette += color
    return palette


def indices(path, size):
    picture = Image.open(path)
    expect(picture.mode == "P" and picture.size == size, f"{path}: mode {picture.mode}, size {picture.size}")
    expect(picture.getpalette() == voc_palette(), f"{path}: palette")
    return np.array(picture)


def main(folder, truth):
    folder = pathlib.Path(folder)
    full, visible = masks(truth, "full"), masks(truth, "visible")
    note = json.loads((folder / "limn-export.json").read_text(encoding="utf-8"))
    lines = (folder / "labelmap.txt").read_text(encoding="utf-8").splitlines()
    labels = [line.split(":") for line in lines if not line.startswith("#")]
    expect(all(len(label) == 4 for label in labels) and labels[0][0] == "background", "labelmap")
    names = [label[0] for label in labels]
    objects_of = {tuple(sorted(of)): image for image, of in full.items()}
    exact = pixels = 0
    for entry in note["images"]:
        stem, ids = entry["stem"], [item["id"] for item in entry["objects"]]
        root = ElementTree.parse(folder / "Annotations" / f"{stem}.xml").getroot()
        size = tuple(int(root.find(f"size/{key}").text) for key in ("width", "height"))
        picture = Image.open(folder / "JPEGImages" / root.find("filename").text)
        expect(picture.size == size, f"{stem}: size {size}, picture {picture.size}")
        tags = root.findall("object")
        expect(len(tags) == len(ids), f"{stem}: {len(tags)} objects in XML, {len(ids)} written")
        expect(root.find("segmented").text == ("1" if ids else "0"), f"{stem}: segmented")
        if not ids:
            continue
        image = objects_of[tuple(sorted(ids))]
        by_object = indices(folder / "SegmentationObject" / f"{stem}.png", size)
        by_class = indices(folder / "SegmentationClass" / f"{stem}.png", size)
        expect(((by_object == 0) == (by_class == 0)).all(), f"{stem}: masks disagree")
        for k, (id, tag) in enumerate(zip(ids, tags), 1):
            seen = visible[image][id]
            expect(((by_object == k) == (seen == 1)).all(), f"{stem}: object {id} differs")
            expect((by_class[seen == 1] == names.index(tag.find("name").text)).all(), f"{stem}: class of {id}")
            rows, columns = np.nonzero(full[image][id])
            box = [int(tag.find(f"bndbox/{key}").text) for key in ("xmin", "ymin", "xmax", "ymax")]
            inclusive = [columns.min() + 1, rows.min() + 1, columns.max() + 1, rows.max() + 1]
            expect(box == inclusive, f"{stem}: box {box}, expected {inclusive}")
            expect({tag.find(key).text for key in ("truncated", "difficult")} <= {"0", "1"}, f"{stem}: flags")
            exact += 1
            pixels += int(seen.sum())
    sets = {path.name: path.read_text(encoding="utf-8").splitlines() for path in (folder / "ImageSets/Main").iterdir()}
    expect(sorted(sets["train.txt"] + sets["val.txt"]) == sorted(sets["trainval.txt"]), "image sets")
    expect(sorted(sets["trainval.txt"]) == sorted(entry["stem"] for entry in note["images"]), "trainval")
    expect(exact == sum(len(of) for of in full.values()), f"{exact} objects checked")
    print(f"OK {folder}: {exact} objects, {pixels} pixels exact")


main(*sys.argv[1:])
