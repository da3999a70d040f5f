#!/usr/bin/env python3
"""Makes masks.json: masks and polygons with what pycocotools says of them.

    pip install numpy pycocotools
    python3 masks.py > masks.json

Everything comes from a seeded generator; no picture is needed.
"""
import json
import numpy as np
from pycocotools import mask as coco

rng = np.random.default_rng(4)


def counts_of(mask):
    """Run lengths in COCO's order, by numpy alone."""
    flat = mask.flatten(order="F").astype(np.int8)
    edges = np.flatnonzero(np.diff(flat)) + 1
    bounds = np.concatenate([[0], edges, [flat.size]])
    counts = np.diff(bounds).tolist()
    return ([0] if flat[0] else []) + counts


def encode(mask):
    return coco.encode(np.asfortranarray(mask.astype(np.uint8)))


def blobs(h, w, n):
    y, x = np.mgrid[0:h, 0:w]
    mask = np.zeros((h, w), bool)
    for _ in range(n):
        cx, cy = rng.uniform(0, w), rng.uniform(0, h)
        a, b = rng.uniform(0.5, w / 3 + 1), rng.uniform(0.5, h / 3 + 1)
        mask ^= ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 <= 1
    return mask


def masks():
    out = []
    for h, w, n in [(1, 1, 0), (1, 1, 3), (7, 1, 2), (1, 9, 2), (5, 6, 3), (13, 17, 4), (48, 64, 5),
                    (121, 77, 6)]:
        for _ in range(3):
            mask = blobs(h, w, n)
            out.append(mask)
    out.append(np.ones((11, 7), bool))
    out.append(rng.uniform(size=(31, 23)) < 0.5)  # noise: many counts of one and two
    wide = np.zeros((200, 3000), bool)  # counts of six digits
    wide[150:160, 2900:2990] = True
    out.append(wide)
    return out


def polygon(h, w, corners, decimals):
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = rng.uniform(0.2, 0.7, corners)
    xy = np.stack([w / 2 + radius * np.cos(angle) * w, h / 2 + radius * np.sin(angle) * h], 1)
    return np.round(xy, decimals).flatten().tolist()


def main():
    out = {"masks": [], "pairs": [], "polygons": []}
    for mask in masks():
        rle = encode(mask)
        out["masks"].append({
            "size": list(mask.shape), "counts": counts_of(mask), "text": rle["counts"].decode(),
            "area": int(coco.area(rle)), "box": coco.toBbox(rle).tolist()})
    for h, w in [(9, 14), (40, 31), (64, 64)]:
        for _ in range(3):
            several = [blobs(h, w, 3) for _ in range(3)]
            rles = [encode(m) for m in several]
            out["pairs"].append({
                "size": [h, w], "texts": [r["counts"].decode() for r in rles],
                "union": coco.merge(rles)["counts"].decode(),
                "overlap": int(np.count_nonzero(several[0] & several[1]))})
    for h, w in [(10, 10), (37, 53), (120, 160)]:
        for corners, decimals in [(3, 0), (4, 1), (5, 2), (12, 2), (40, 1)]:
            xy = polygon(h, w, corners, decimals)
            if corners == 5:  # the same corner twice
                xy = xy[:4] + xy[2:4] + xy[4:]
            rle = coco.frPyObjects([xy], h, w)[0]
            out["polygons"].append({"size": [h, w], "xy": xy, "text": rle["counts"].decode()})
    print(json.dumps(out, separators=(",", ":")).replace('},{"size"', '},\n{"size"'))


main()
