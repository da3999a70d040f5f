"""Writes yolo_tasks.json: small synthetic outputs of YOLO models that carry more than boxes, and
what a reference, written here with numpy in float64 from the formulas of Ultralytics' Python
package, makes of them. lib/heads/box_extra_test.cc reads it.

    python lib/heads/golden/tasks.py

Needs numpy and pycocotools (for the run lengths of masks).
"""

import json

import numpy as np
from pycocotools import mask as coco_mask

from heads import HERE, suppress

FRAME = (96, 54)  # width, height
SIDE = 64         # of the model's input
# The letterbox of FRAME in SIDE x SIDE, as Ultralytics' LetterBox rounds it.
RATIO = min(SIDE / FRAME[0], SIDE / FRAME[1])
SHOWN = (round(FRAME[0] * RATIO), round(FRAME[1] * RATIO))
OFFSET = (round((SIDE - SHOWN[0]) / 2 - .1), round((SIDE - SHOWN[1]) / 2 - .1))
SCALE = (FRAME[0] / SHOWN[0], FRAME[1] / SHOWN[1])
TO_FRAME = (SCALE[0], SCALE[1], -OFFSET[0] * SCALE[0], -OFFSET[1] * SCALE[1])
CONF, IOU, CLASSES, ANCHORS = 0.25, 0.5, 3, 24


def short(values):
    """Few digits, so that the file stays small; the reference computes with the same."""
    return np.round(values, 4)


def rounded(value):
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return round(float(value), 5) if isinstance(value, float) else value


def to_frame(x, y):
    return x * TO_FRAME[0] + TO_FRAME[2], y * TO_FRAME[1] + TO_FRAME[3]


def clipped(corners):
    x0, y0 = to_frame(corners[0], corners[1])
    x1, y1 = to_frame(corners[2], corners[3])
    x0, x1 = np.clip([x0, x1], 0, FRAME[0])
    y0, y1 = np.clip([y0, y1], 0, FRAME[1])
    return [x0, y0, x1, y1]


def anchors(rng):
    """cx, cy, w, h and scores of ANCHORS boxes around a few places."""
    places = rng.uniform(14, 50, (6, 2))
    centre = places[rng.integers(0, 6, ANCHORS)] + rng.normal(0, 1.5, (ANCHORS, 2))
    size = rng.uniform(10, 34, (ANCHORS, 2))
    scores = rng.uniform(0, .2, (ANCHORS, CLASSES))
    scores[np.arange(ANCHORS), rng.integers(0, CLASSES, ANCHORS)] = rng.uniform(.1, .95, ANCHORS)
    return short(np.concatenate([centre, size, scores], 1))


def kept(rows):
    """Indices that non_max_suppression keeps, best first."""
    value, best = rows[:, 4:4 + CLASSES].max(1), rows[:, 4:4 + CLASSES].argmax(1)
    found = np.flatnonzero(value > CONF)
    corners = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2], 1)
    order = suppress(corners[found] + best[found, None] * 7680., value[found], IOU)
    return [(int(found[i]), corners[found[i]], float(value[found[i]]), int(best[found[i]]))
            for i in order]


def case(name, rows, expected, **more):
    return {"name": name, "values": short(rows).tolist(), "expected": expected, **more}


def pose(rng, name, count, values):
    rows = anchors(rng)
    extra = rng.uniform(0, SIDE, (ANCHORS, count, values))
    if values == 3:
        extra[:, :, 2] = rng.uniform(0, 1, (ANCHORS, count))
    extra = short(extra)
    expected = []
    for anchor, corners, score, label in kept(rows):
        points = [[*to_frame(p[0], p[1]), p[2] if values == 3 else 1.] for p in extra[anchor]]
        expected.append({"box": clipped(corners), "score": score, "class": label,
                         "keypoints": points})
    return case(name, np.concatenate([rows, extra.reshape(ANCHORS, -1)], 1), expected,
                keypoints=count, has_score=values == 3)


def sampled(prototypes, x, y):
    """Bilinear, clamped at the edge: torch.nn.functional.interpolate(align_corners=False)."""
    _, high, wide = prototypes.shape
    x, y = np.clip(x, 0, wide - 1), np.clip(y, 0, high - 1)
    x0, y0 = int(min(x, max(0, wide - 2))), int(min(y, max(0, high - 2)))
    x1, y1 = min(x0 + 1, wide - 1), min(y0 + 1, high - 1)
    fx, fy = x - x0, y - y0
    return ((prototypes[:, y0, x0] * (1 - fx) + prototypes[:, y0, x1] * fx) * (1 - fy)
            + (prototypes[:, y1, x0] * (1 - fx) + prototypes[:, y1, x1] * fx) * fy)


def segment(rng, coefficients, stride):
    rows = anchors(rng)
    extra = short(rng.normal(0, 1, (ANCHORS, coefficients)))
    side = SIDE // stride
    prototypes = short(rng.normal(0, 1, (coefficients, side, side)))
    expected = []
    for anchor, corners, score, label in kept(rows):
        box = clipped(corners)
        mask = np.zeros((FRAME[1], FRAME[0]), np.uint8)
        for y in range(FRAME[1]):
            for x in range(FRAME[0]):
                if not (box[0] <= x < box[2] and box[1] <= y < box[3]):
                    continue
                in_x = (x + .5 - TO_FRAME[2]) / TO_FRAME[0]
                in_y = (y + .5 - TO_FRAME[3]) / TO_FRAME[1]
                value = extra[anchor] @ sampled(prototypes, in_x / stride - .5, in_y / stride - .5)
                assert abs(value) > 1e-5, "too near to call in float32: take another seed"
                mask[y, x] = value > 0
        counts = coco_mask.encode(np.asfortranarray(mask))["counts"].decode()
        expected.append({"box": box, "score": score, "class": label, "mask": counts,
                         "area": int(mask.sum())})
    return case(f"segment_{stride}", np.concatenate([rows, extra], 1), expected,
                coefficients=coefficients, stride=stride, prototypes_shape=[side, side],
                prototypes=prototypes.ravel().tolist())


def covariance(box):
    """a, b, c of [a c; c b]: a box as a Gaussian (ProbIoU)."""
    w, h, t = box[2] ** 2 / 12, box[3] ** 2 / 12, box[4]
    return (w * np.cos(t) ** 2 + h * np.sin(t) ** 2, w * np.sin(t) ** 2 + h * np.cos(t) ** 2,
            (w - h) * np.cos(t) * np.sin(t))


def probiou(p, q, eps=1e-7):
    a1, b1, c1 = covariance(p)
    a2, b2, c2 = covariance(q)
    dx, dy = p[0] - q[0], p[1] - q[1]
    whole = (a1 + a2) * (b1 + b2) - (c1 + c2) ** 2
    t1 = ((a1 + a2) * dy ** 2 + (b1 + b2) * dx ** 2) / (whole + eps) * .25
    t2 = (c1 + c2) * -dx * dy / (whole + eps) * .5
    t3 = np.log(whole / (4 * np.sqrt(max(a1 * b1 - c1 ** 2, 0) * max(a2 * b2 - c2 ** 2, 0)) + eps)
                + eps) * .5
    return 1 - np.sqrt(1 - np.exp(-np.clip(t1 + t2 + t3, eps, 100)) + eps)


def regular(box):
    x, y, w, h, t = box
    if w < h:
        w, h, t = h, w, t + np.pi / 2
    return [x, y, w, h, t % np.pi]


def oriented(rng):
    rows = anchors(rng)
    angle = short(rng.uniform(-np.pi / 4, np.pi * 3 / 4, ANCHORS))
    value, best = rows[:, 4:4 + CLASSES].max(1), rows[:, 4:4 + CLASSES].argmax(1)
    order = [i for i in np.argsort(-value, kind="stable") if value[i] > CONF]
    boxes = np.concatenate([rows[:, :4], angle[:, None]], 1)
    expected = []
    for place, i in enumerate(order):
        # Ultralytics' fast_nms: any better box of the class, kept or not, suppresses.
        if any(best[j] == best[i] and probiou(boxes[j], boxes[i]) >= IOU for j in order[:place]):
            continue
        x, y = to_frame(boxes[i, 0], boxes[i, 1])
        turned = regular([x, y, boxes[i, 2] * SCALE[0], boxes[i, 3] * SCALE[1], boxes[i, 4]])
        expected.append({"turned": turned, "score": float(value[i]), "class": int(best[i])})
    return case("oriented", np.concatenate([rows, angle[:, None]], 1), expected)


if __name__ == "__main__":
    random = np.random.default_rng(20)
    cases = [pose(random, "pose_17", 17, 3), pose(random, "pose_5_without_scores", 5, 2),
             segment(random, 4, 4), segment(random, 6, 8), oriented(random)]
    document = {"frame": FRAME, "input_to_frame": TO_FRAME, "classes": CLASSES, "conf": CONF,
                "iou": IOU, "cases": rounded(cases)}
    text = json.dumps(document, separators=(",", ":"))
    (HERE / "yolo_tasks.json").write_text(text + "\n")
    for c in cases:
        print(c["name"], len(c["expected"]), [e.get("area") for e in c["expected"]])
