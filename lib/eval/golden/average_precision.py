#!/usr/bin/env python3
"""Makes average_precision.json: labels and found objects with the scores that pycocotools gives them.

    pip install numpy pycocotools
    python3 average_precision.py > average_precision.json

The pictures are made up by a seeded generator: objects of all sizes, some crowds; found objects are
labels that were moved a little, found twice, taken for another category or not found, and some that
are nowhere. A few scores are equal on purpose, within a picture and between pictures.
"""
import contextlib
import io
import json

import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

rng = np.random.default_rng(2017)
NAMES = {3: "person", 1: "car", 90: "mug", 7: "ghost"}  # ghost is never labelled
CATEGORIES = list(NAMES)


def r(values, digits=2):
    return [round(float(v), digits) for v in values]


def outline(box):
    x, y, w, h = box
    n = int(rng.integers(4, 12))
    angle = np.sort(rng.uniform(0, 2 * np.pi, n))
    radius = rng.uniform(0.6, 1.0, n)
    xy = np.stack([x + w / 2 + radius * np.cos(angle) * w / 2,
                   y + h / 2 + radius * np.sin(angle) * h / 2], 1)
    return r(xy.flatten())


def keypoints(box):
    x, y, w, h = box
    xy = rng.uniform(0, 1, (17, 2)) * [w, h] + [x, y]
    v = rng.choice([0, 1, 2], 17, p=[0.3, 0.2, 0.5])
    if rng.uniform() < 0.1:
        v[:] = 0
    return xy, v


def picture(index, w, h):
    labels = []
    for _ in range(int(rng.integers(0, 9))):
        side = float(rng.choice([12, 25, 32, 60, 96, 150]))
        bw, bh = side * rng.uniform(0.6, 1.3), side * rng.uniform(0.6, 1.3)
        box = r([rng.uniform(0, max(1, w - bw)), rng.uniform(0, max(1, h - bh)), bw, bh])
        label = {"image_id": index, "category_id": int(rng.choice([3, 3, 1, 90])), "bbox": box,
                 "iscrowd": 0}
        poly = outline(box)
        parts = [poly] if rng.uniform() < 0.8 else [poly, outline(box)]
        rle = coco_mask.merge(coco_mask.frPyObjects(parts, h, w))
        label["segmentation"] = parts
        label["area"] = float(coco_mask.area(rle))
        if rng.uniform() < 0.1:
            label["iscrowd"] = 1
            mask = coco_mask.decode(rle)
            flat = mask.flatten(order="F").astype(np.int8)
            edges = np.flatnonzero(np.diff(flat)) + 1
            counts = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
            label["segmentation"] = {"size": [h, w],
                                     "counts": ([0] if flat[0] else []) + counts}
        if label["category_id"] == 3:
            xy, v = keypoints(box)
            label["keypoints"] = [n for p, s in zip(xy, v) for n in
                                  (r(p) + [int(s)] if s else [0, 0, 0])]
            label["num_keypoints"] = int(np.count_nonzero(v))
        else:
            label["keypoints"] = [0] * 51
            label["num_keypoints"] = 0
        labels.append(label)
    return labels


def found_of(label, w, h, boxes_too):
    x, y, bw, bh = label["bbox"]
    jitter = rng.normal(0, rng.choice([0.02, 0.06, 0.15]), 4) * [bw, bh, bw, bh]
    box = r(np.array([x, y, bw, bh]) + jitter)
    box[2], box[3] = max(box[2], 1), max(box[3], 1)
    out = {"image_id": label["image_id"],
           "category_id": label["category_id"] if rng.uniform() < 0.9 else int(rng.choice(CATEGORIES)),
           "score": round(float(rng.beta(2, 2)), int(rng.choice([1, 3])))}
    if boxes_too:
        out["bbox"] = box
    if isinstance(label["segmentation"], list):
        poly = np.array(label["segmentation"][0])
        poly = np.clip(poly + rng.normal(0, 0.04 * max(bw, bh), poly.size), 0, max(w, h))
        rle = coco_mask.merge(coco_mask.frPyObjects([poly.tolist()], h, w))
    else:
        rle = coco_mask.merge(coco_mask.frPyObjects([[x, y, x + bw, y, x + bw, y + bh, x, y + bh]], h, w))
    out["segmentation"] = {"size": [h, w], "counts": rle["counts"].decode()}
    xy = np.array(label["keypoints"], float).reshape(-1, 3)[:, :2]
    away = xy[:, 0] == 0
    xy[away] = rng.uniform(0, 1, (int(away.sum()), 2)) * [bw, bh] + [x, y]
    xy = xy + rng.normal(0, rng.choice([0.01, 0.04, 0.1]) * np.sqrt(bw * bh), xy.shape)
    out["keypoints"] = [n for p in xy for n in r(p) + [1]]
    return out


def nowhere(index, w, h, boxes_too):
    side = float(rng.choice([10, 40, 120]))
    box = r([rng.uniform(0, w - 1), rng.uniform(0, h - 1), side, side * 1.2])
    label = {"image_id": index, "category_id": int(rng.choice(CATEGORIES)), "bbox": box,
             "segmentation": [outline(box)], "keypoints": [0] * 51}
    return found_of(label, w, h, boxes_too)


def data_set(pictures, boxes_too, crowded=False):
    images, annotations, results = [], [], []
    order = rng.permutation(pictures)
    for i in order:
        index = int(i) * 7 + 1
        w, h = int(rng.integers(80, 200)), int(rng.integers(80, 200))
        images.append({"id": index, "file_name": f"{index:06}.jpg", "width": w, "height": h})
        labels = picture(index, w, h)
        annotations += labels
        for label in labels:
            for _ in range(int(rng.choice([0, 1, 1, 1, 2, 3]))):
                results.append(found_of(label, w, h, boxes_too))
        for _ in range(int(rng.integers(110, 130)) if crowded else int(rng.integers(0, 4))):
            results.append(nowhere(index, w, h, boxes_too))
    for number, a in enumerate(annotations):
        a["id"] = number + 1
    results = [results[i] for i in rng.permutation(len(results))]
    return ({"images": images, "annotations": annotations,
             "categories": [{"id": c, "name": NAMES[c]} for c in CATEGORIES]}, results)


NAMES_OF = {"bbox": ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm",
                     "ARl"],
            "keypoints": ["AP", "AP50", "AP75", "APm", "APl", "AR", "AR50", "AR75", "ARm", "ARl"]}
NAMES_OF["segm"] = NAMES_OF["bbox"]


def score(truth, results, shape):
    with contextlib.redirect_stdout(io.StringIO()):
        labels = COCO()
        labels.dataset = json.loads(json.dumps(truth))
        labels.createIndex()
        e = COCOeval(labels, labels.loadRes(json.loads(json.dumps(results))), shape)
        e.evaluate()
        e.accumulate()
        e.summarize()
    out = dict(zip(NAMES_OF[shape], [float(v) for v in e.stats]))
    precision = e.eval["precision"][:, :, :, 0, -1]  # thresholds, recalls, categories
    recall = e.eval["recall"][:, :, 0, -1]
    mean = lambda v: float(np.mean(v[v > -1])) if np.any(v > -1) else -1.0
    out["categories"] = {str(c): {"ap": mean(precision[:, :, k]), "ap50": mean(precision[0, :, k]),
                                  "ar": mean(recall[:, k])} for k, c in enumerate(e.params.catIds)}
    return out


def main():
    cases = []
    for name, pictures, boxes_too, crowded in [("with boxes", 18, True, False),
                                               ("without boxes", 9, False, False),
                                               ("more than 100 found", 2, True, True)]:
        truth, results = data_set(pictures, boxes_too, crowded)
        if crowded:  # only boxes, all of one category: what is beyond the hundredth must not count
            for one in results:
                one["category_id"] = 3
                del one["segmentation"], one["keypoints"]
        shapes = ["bbox"] if crowded else ["bbox", "segm", "keypoints"]
        if not boxes_too:
            shapes.remove("bbox")
        expected = {}
        for shape in shapes:
            mine = results
            if not boxes_too and shape == "keypoints":  # loadRes looks for a mask first
                mine = [{k: v for k, v in one.items() if k != "segmentation"} for one in results]
            expected[shape] = score(truth, mine, shape)
        cases.append({"name": name, "truth": truth, "results": results, "expected": expected})
    print(json.dumps(cases, separators=(",", ":")).replace('},{"image_id"', '},\n{"image_id"'))


main()
