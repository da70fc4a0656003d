"""check_masks.py FOLDER TRUTH: reads mask PNGs with Pillow and compares them with the truth, pixel for pixel."""

import json
import pathlib
import sys

import numpy as np
from PIL import Image

from truth import expect, masks


def main(folder, truth):
    folder = pathlib.Path(folder)
    note = json.loads((folder / "limn-export.json").read_text(encoding="utf-8"))
    full, visible = masks(truth, "full"), masks(truth, "visible")
    of_object = {id: image for image, of in full.items() for id in of}
    class_index = {item["name"]: index for index, item in enumerate(note["classes"], 1)}
    checked = 0
    for entry in note["images"]:
        index = None
        for k, item in enumerate(entry["objects"], 1):
            image, id = of_object[item["id"]], item["id"]
            if note["layout"] == "objects":
                picture = Image.open(folder / f"{entry['stem']}#{k}.png")
                expect(picture.mode == "L", f"{id}: mode {picture.mode}")
                expect((np.array(picture) == full[image][id] * 255).all(), f"object {id} differs")
            else:
                picture = Image.open(folder / f"{entry['stem']}.png")
                expect(picture.mode == "P", f"{id}: mode {picture.mode}")
                index = np.array(picture)
                value = k if note["layout"] == "instances" else class_index[item["class"]]
                expect((index[visible[image][id] == 1] == value).all(), f"object {id} differs")
            checked += 1
        if index is not None:
            covered = sum(visible[of_object[item["id"]]][item["id"]] for item in entry["objects"])
            expect(((index != 0) == (covered != 0)).all(), f"{entry['stem']}: background differs")
    expect(checked == len(of_object), f"{checked} objects checked")
    print(f"OK {folder}: {checked} objects exact, layout {note['layout']}")


main(*sys.argv[1:])
