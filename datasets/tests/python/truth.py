"""Masks that the tests wrote apart from any format: `KIND/IMAGE_ID/OBJECT_ID.pgm` (plain PGM, 0 and 1)."""

import pathlib

import numpy as np


def read_pgm(path):
    header, *rows = pathlib.Path(path).read_text().splitlines()
    magic, width, height, _ = header.split()
    assert magic == "P2", path
    values = np.array([int(value) for row in rows for value in row.split()], dtype=np.uint8)
    return values.reshape(int(height), int(width))


def masks(folder, kind):
    """`{image id: {object id: mask}}`"""
    found = {}
    for path in sorted((pathlib.Path(folder) / kind).glob("*/*.pgm")):
        found.setdefault(int(path.parent.name), {})[int(path.stem)] = read_pgm(path)
    assert found, f"no masks in {folder}/{kind}"
    return found


def expect(condition, message):
    if not condition:
        raise SystemExit(f"FAILED: {message}")
