"""Writes blaze_head.json: the strongest outputs of MediaPipe's detectors on pictures, and what a
reference, written here with numpy in float64 from the options of MediaPipe 0.10.21's graphs
(SsdAnchorsCalculator, TensorsToDetectionsCalculator, NonMaxSuppressionCalculator WEIGHTED), makes
of them. lib/heads/blaze_test.cc reads it.

    python lib/heads/golden/blaze.py POSE_DETECTION.tflite FACE_SHORT_RANGE.tflite PICTURE...

Needs numpy, pillow and openvino.
"""

import json
import pathlib
import sys

import numpy as np
import openvino
from PIL import Image

from heads import HERE

KEEP = 40  # anchors a picture
MODELS = [{"name": "pose", "side": 224, "strides": [8, 16, 32, 32, 32], "keypoints": 4},
          {"name": "face", "side": 128, "strides": [8, 16, 16, 16], "keypoints": 6}]
CASES = [{"conf": 0.5, "iou": 0.3}, {"conf": 0.1, "iou": 0.3}, {"conf": 0.05, "iou": 0.6},
         {"conf": 0.05, "iou": 0.3, "max_det": 1}]


def anchor_centres(side, strides):
    """Layers of the same stride share their cells; each gives a cell two anchors."""
    centres, i = [], 0
    while i < len(strides):
        same = sum(s == strides[i] for s in strides)
        cells = -(-side // strides[i])
        for y in range(cells):
            for x in range(cells):
                centres += [((x + .5) / cells, (y + .5) / cells)] * (2 * same)
        i += same
    return np.array(centres)


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.
    area = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return width * height / (area[0] + area[1] - width * height)


def detections(values, scores, conf, iou, max_det=300):
    """values: corners and keypoints, in fractions of the input."""
    left = [i for i in np.argsort(-scores, kind="stable") if scores[i] > conf]
    result = []
    while left and len(result) < max_det:
        best = left[0]
        group = [i for i in left if i == best or overlap(values[i], values[best]) > iou]
        left = [i for i in left if i not in group]
        weights = scores[group]
        result.append((float(scores[best]), weights @ values[group] / weights.sum()))
    return result


def letterbox(image, side):
    ratio = min(side / image.width, side / image.height)
    width, height = round(image.width * ratio), round(image.height * ratio)
    left, top = (side - width) // 2, (side - height) // 2
    canvas = Image.new("RGB", (side, side))
    canvas.paste(image.resize((width, height), Image.BILINEAR), (left, top))
    sx, sy = image.width / width, image.height / height
    return canvas, (sx, sy, -left * sx, -top * sy)


def record(model, compiled, path):
    side, points = model["side"], model["keypoints"]
    image = Image.open(path).convert("RGB")
    canvas, (sx, sy, ox, oy) = letterbox(image, side)
    outputs = compiled(np.asarray(canvas, np.float32)[None] / 127.5 - 1)
    raw = {o.shape[2]: o[0] for o in outputs.values()}
    logits, boxes = raw[1][:, 0], raw[4 + 2 * points]
    strong = np.sort(np.argsort(-logits, kind="stable")[:KEEP])
    rows = np.round(np.concatenate([logits[strong, None], boxes[strong]], 1).astype(np.float64), 4)
    scores = 1 / (1 + np.exp(-np.clip(rows[:, 0], -100, 100)))
    centre = anchor_centres(side, model["strides"])[strong]
    xy, wh = rows[:, 1:3] / side + centre, rows[:, 3:5] / side
    keypoints = rows[:, 5:].reshape(-1, points, 2) / side + centre[:, None]
    values = np.concatenate([xy - wh / 2, xy + wh / 2, keypoints.reshape(-1, 2 * points)], 1)
    cases = []
    for options in CASES:
        expected = []
        for score, mean in detections(values, scores, **options):
            corners = mean.reshape(-1, 2) * side * [sx, sy] + [ox, oy]
            corners[:2] = np.clip(corners[:2], 0, image.size)
            expected.append({"score": round(score, 6), "points": np.round(corners, 4).tolist()})
        cases.append({"options": options, "expected": expected})
    return {"picture": pathlib.Path(path).name, "frame": list(image.size),
            "input_to_frame": [sx, sy, ox, oy],
            "rows": [[int(i), *row] for i, row in zip(strong, rows.tolist())], "cases": cases}


if __name__ == "__main__":
    paths, pictures = sys.argv[1:3], sys.argv[3:]
    core, document = openvino.Core(), []
    for model, path in zip(MODELS, paths):
        compiled = core.compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        document.append(model | {"pictures": [record(model, compiled, p) for p in pictures]})
    text = json.dumps(document, separators=(",", ":"))
    (HERE / "blaze_head.json").write_text(text + "\n")
    for model in document:
        for picture in model["pictures"]:
            print(model["name"], picture["picture"], [len(c["expected"]) for c in picture["cases"]])
