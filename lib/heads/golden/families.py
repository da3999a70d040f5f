"""Writes KIND_head.json for the detectors that are not Ultralytics': small outputs and what a
reference, written here with numpy in float64 from their repositories' post-processing, makes of
them. lib/heads/families_test.cc reads them.

    python lib/heads/golden/families.py KIND [MODEL PICTURE...]

KIND is yolox (Megvii's, .onnx) or nanodet (RangiLyu's NanoDet-m, .onnx): recorded outputs of a real
network on pictures, only of the strongest cells; or yolov5, yolov4, nanodet_plus or detr: seeded
synthetic outputs of the shapes that the exporters give. Needs numpy; pillow and onnxruntime for the
recorded ones.
"""

import json
import pathlib
import sys

import numpy as np

from heads import HERE, suppress

KEEP = 60  # rows a picture

OPTIONS = [
    {"conf": 0.25, "iou": 0.7},
    {"conf": 0.05, "iou": 0.45},
    {"conf": 0.05, "iou": 0.45, "agnostic_nms": True},
    {"conf": 0.05, "iou": 0.6, "multi_label": True},
    {"conf": 0.02, "iou": 0.7, "max_det": 7},
    {"conf": 0.05, "iou": 0.5, "classes": [0, 3, 5]},
]
SYNTHETIC_FRAME, SYNTHETIC_TO_FRAME = (1280, 720), (2.0, 2.0, 0.0, -280.0)
MEAN = np.array([103.53, 116.28, 123.675])  # blue, green, red
DEVIATION = np.array([57.375, 57.12, 58.395])


# --- references ---------------------------------------------------------------------------------

def labels(scores, conf, multi_label, classes):
    """(rows, classes) of the candidates: the best class of a row, or every one over conf."""
    if multi_label:
        rows, ids = np.nonzero(scores > conf)
    else:
        ids = scores.argmax(1)
        rows = np.nonzero(scores.max(1) > conf)[0]
        ids = ids[rows]
    if classes is not None:
        wanted = np.isin(ids, classes)
        rows, ids = rows[wanted], ids[wanted]
    return rows, ids


def in_frame(boxes, values, ids, to_frame, frame):
    sx, sy, ox, oy = to_frame
    result = []
    for box, value, class_id in zip(boxes, values, ids):
        x0, y0, x1, y1 = box * [sx, sy, sx, sy] + [ox, oy, ox, oy]
        x0, x1 = np.clip([x0, x1], 0, frame[0])
        y0, y1 = np.clip([y0, y1], 0, frame[1])
        if x1 > x0 and y1 > y0:
            result.append([round(float(v), 5) for v in (x0, y0, x1 - x0, y1 - y0, value)] +
                          [int(class_id)])
    return result


def suppressed(boxes, scores, to_frame, frame, conf, iou, agnostic_nms=False, max_det=300,
               multi_label=False, classes=None):
    rows, ids = labels(scores, conf, multi_label, classes)
    boxes, values = boxes[rows], scores[rows, ids]
    offset = 0 if agnostic_nms else ids[:, None] * 7680.0
    kept = suppress(boxes + offset, values, iou)[:max_det]
    return in_frame(boxes[kept], values[kept], ids[kept], to_frame, frame)


def best_pairs(boxes, scores, to_frame, frame, conf, max_det=300, classes=None, top=300, **_):
    rows, ids = labels(scores, conf, True, classes)
    values = scores[rows, ids]
    order = np.lexsort((np.arange(len(values)), -values))[:min(top, max_det)]
    return in_frame(boxes[rows][order], values[order], ids[order], to_frame, frame)


def around(center_and_size):
    xy, wh = center_and_size[:, :2], center_and_size[:, 2:4]
    return np.concatenate([xy - wh / 2, xy + wh / 2], 1)


def cells(side, strides, offset):
    """Centre x, y and stride of every cell, level after level, in rows."""
    rows = []
    for stride in strides:
        y, x = np.mgrid[0:-(-side // stride), 0:-(-side // stride)]
        rows.append(np.stack([(x.ravel() + offset) * stride, (y.ravel() + offset) * stride,
                              np.full(x.size, stride)], 1))
    return np.concatenate(rows).astype(np.float64)


def yolox_boxes(raw, side):
    """YOLOX demo_postprocess."""
    grid = cells(side, (8, 16, 32), 0)
    stride = grid[:, 2:]
    return around(np.concatenate([raw[:, :2] * stride + grid[:, :2],
                                  np.exp(raw[:, 2:4]) * stride], 1))


def nanodet_boxes(logits, side, strides, offset):
    """GFLHead.get_bboxes_single: the mean of each distribution, times the stride; clipped."""
    grid = cells(side, strides, offset)
    bins = logits.reshape(len(grid), 4, -1)
    weight = np.exp(bins - bins.max(-1, keepdims=True))
    reach = (weight / weight.sum(-1, keepdims=True) @ np.arange(bins.shape[-1])) * grid[:, 2:]
    xy = grid[:, :2]
    return np.clip(np.concatenate([xy - reach[:, :2], xy + reach[:, 2:]], 1), 0, side)


# --- writing ------------------------------------------------------------------------------------

def sparse(array, fill=0.0):
    """[shape, fill, [row, [column, ...], [value, ...]] of what is not `fill`]."""
    rows = []
    for i, row in enumerate(array):
        columns = np.nonzero(row != fill)[0]
        if len(columns):
            rows.append([i, columns.tolist(), [round(float(v), 5) for v in row[columns]]])
    return {"shape": [1, *array.shape], "fill": fill, "rows": rows}


def picture(name, frame, to_frame, outputs, boxes, scores, reference=suppressed, options=OPTIONS):
    return {"picture": name, "frame": list(frame), "input_to_frame": to_frame, "outputs": outputs,
            "cases": [{"options": o, "expected": reference(boxes, scores, to_frame, frame, **o)}
                      for o in options]}


# --- recorded -----------------------------------------------------------------------------------

def strongest(scores):
    """Rows that are kept; small values become 0."""
    weak = np.argsort(-scores.max(1), kind="stable")[KEEP:]
    scores = np.round(scores, 5)
    scores[scores < 1e-2] = 0
    scores[weak] = 0
    return scores, weak


def loaded(path):
    from PIL import Image
    return Image.open(path).convert("RGB")


def yolox(model, pictures):
    import onnxruntime
    from PIL import Image
    session, side, recorded = onnxruntime.InferenceSession(model), 416, []
    for path in pictures:
        image = loaded(path)
        ratio = min(side / image.width, side / image.height)
        size = int(image.width * ratio), int(image.height * ratio)
        canvas = np.full((side, side, 3), 114, np.float32)
        canvas[:size[1], :size[0]] = np.asarray(image.resize(size, Image.BILINEAR), np.float32)
        tensor = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None])
        raw = session.run(None, {session.get_inputs()[0].name: tensor})[0][0].astype(np.float64)
        raw = np.round(raw, 5)
        _, weak = strongest(raw[:, 4:5] * raw[:, 5:])
        raw[weak] = 0
        raw[:, 5:][raw[:, 5:] < 1e-2] = 0
        to_frame = (image.width / size[0], image.height / size[1], 0.0, 0.0)
        recorded.append(picture(pathlib.Path(path).name, image.size, to_frame, [sparse(raw)],
                                yolox_boxes(raw, side), raw[:, 4:5] * raw[:, 5:]))
    return recorded


def nanodet(model, pictures):
    import onnxruntime
    from PIL import Image
    session, side, recorded = onnxruntime.InferenceSession(model), 320, []
    for path in pictures:
        image = loaded(path)
        ratio = min(side / image.width, side / image.height)
        left, top = (side - ratio * image.width) / 2, (side - ratio * image.height) / 2
        back = (1 / ratio, 0, -left / ratio, 0, 1 / ratio, -top / ratio)
        canvas = image.transform((side, side), Image.AFFINE, back, Image.BILINEAR)
        tensor = (np.asarray(canvas, np.float64)[:, :, ::-1] - MEAN) / DEVIATION
        tensor = np.ascontiguousarray(tensor.transpose(2, 0, 1)[None], np.float32)
        outputs = session.run(None, {session.get_inputs()[0].name: tensor})
        found = [np.round(o[0].astype(np.float64), 4) for o in outputs]
        scores, weak = strongest(np.concatenate(found[:3]))
        logits = np.round(np.concatenate(found[3:]), 2)
        logits[weak] = 0
        ends = np.cumsum([len(o) for o in found[:3]])[:-1]
        tensors = [sparse(o) for o in np.split(scores, ends) + np.split(logits, ends)]
        to_frame = (1 / ratio, 1 / ratio, -left / ratio, -top / ratio)
        recorded.append(picture(pathlib.Path(path).name, image.size, to_frame, tensors,
                                nanodet_boxes(logits, side, (8, 16, 32), 0.5), scores))
    return recorded


# --- synthetic ----------------------------------------------------------------------------------

def objects(random, rows, classes, groups, side):
    """`groups` objects, each found by several overlapping rows: rows, boxes around, scores."""
    boxes = np.zeros((rows, 4))
    scores = np.round(random.uniform(0, 0.01, (rows, classes)), 4)
    for row in random.permutation(rows)[:groups * 6]:
        group = np.random.default_rng(int(row) % groups)
        center, size = group.uniform(0.15 * side, 0.85 * side, 2), group.uniform(20, 0.4 * side, 2)
        class_id, other = group.integers(0, classes, 2)
        boxes[row] = [*(center + random.normal(0, 6, 2)), *(size * random.uniform(0.8, 1.2, 2))]
        scores[row, other] = random.uniform(0.02, 0.5)
        scores[row, class_id] = random.uniform(0.05, 0.99)
    return np.round(boxes, 3), np.round(scores, 4)


def yolov5():
    random = np.random.default_rng(5)
    boxes, scores = objects(random, 300, 7, 9, 640)
    objectness = np.round(np.where(scores.max(1) > 0.02, random.uniform(0.3, 0.99, 300), 0.01), 4)
    raw = np.concatenate([boxes, objectness[:, None], scores], 1)
    return [picture("synthetic", SYNTHETIC_FRAME, SYNTHETIC_TO_FRAME, [sparse(raw)], around(boxes),
                    objectness[:, None] * scores)]


def yolov4():
    random = np.random.default_rng(4)
    boxes, scores = objects(random, 300, 6, 9, 416)
    to_frame = (1280 / 416, 720 / 416, 0.0, 0.0)  # stretched
    return [picture("synthetic", SYNTHETIC_FRAME, to_frame, [sparse(boxes), sparse(scores)],
                    around(boxes), scores)]


def nanodet_plus():
    """One output for strides 8, 16, 32 and 64 of 144 x 144, where 64 leaves part of a cell."""
    random, side, strides = np.random.default_rng(6), 144, (8, 16, 32, 64)
    rows = len(cells(side, strides, 0))
    scores = objects(random, rows, 6, 12, side)[1]
    logits = np.round(random.normal(0, 2.5, (rows, 32)), 2)
    logits[scores.max(1) < 0.02] = 0
    raw = np.concatenate([scores, logits], 1)
    to_frame = (1280 / side, 720 / side, 0.0, 0.0)
    return [picture("synthetic", SYNTHETIC_FRAME, to_frame, [sparse(raw)],
                    nanodet_boxes(logits, side, strides, 0), scores)]


def detr():
    """RTDETRPostProcessor with use_focal_loss: sigmoid, the best of all (query, class) pairs."""
    random = np.random.default_rng(3)
    logits = np.round(random.normal(-6, 1.0, (60, 9)), 3)
    for row in range(30):
        logits[row, random.integers(0, 9, 2)] = np.round(random.normal(0, 2, 2), 3)
    boxes = np.round(np.concatenate([random.uniform(0, 1, (60, 2)),
                                     random.uniform(0.01, 0.6, (60, 2))], 1), 4)
    scores = 1 / (1 + np.exp(-logits))
    options = [{"conf": 0.25}, {"conf": 0.002}, {"conf": 0.01, "max_det": 5},
               {"conf": 0.05, "classes": [1, 8]}, {"conf": 0.05, "iou": 0.1, "agnostic_nms": True}]
    top = lambda *args, **more: best_pairs(*args, **more, top=40)
    return [picture("synthetic", SYNTHETIC_FRAME, (2.0, 1.125, 0.0, 0.0),
                    [sparse(boxes), sparse(logits)], around(boxes) * 640, scores, top, options)]


def main():
    kind, *rest = sys.argv[1:]
    make = {"yolox": yolox, "nanodet": nanodet, "yolov5": yolov5, "yolov4": yolov4,
            "nanodet_plus": nanodet_plus, "detr": detr}[kind]
    content = make(rest[0], rest[1:]) if rest else make()
    text = json.dumps(content, separators=(",", ":"))
    (HERE / f"{kind}_head.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
