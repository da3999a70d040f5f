"""Writes KIND_head.json: small recorded outputs of real networks and what a reference, written here
with numpy in float64, makes of them. The tests of lib/heads read them.

    python lib/heads/golden/heads.py KIND MODEL PICTURE...

KIND is yolo (YOLOv8n, .onnx), yolo_end2end (YOLO26n, .onnx) or ssd (the default model, .tflite);

needs numpy, pillow, onnxruntime (YOLO) and openvino (SSD). Only the strongest anchors are kept and
small values are dropped, so the files stay small and hold nothing of the pictures.
"""

import json
import pathlib
import sys

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
KEEP = 160  # anchors a picture
OPTIONS = [
    {"conf": 0.25, "iou": 0.7},
    {"conf": 0.05, "iou": 0.45},
    {"conf": 0.05, "iou": 0.45, "agnostic_nms": True},
    {"conf": 0.01, "iou": 0.7, "max_det": 7},
    {"conf": 0.05, "iou": 0.5, "classes": [0, 3, 17]},
]


def suppress(boxes, scores, iou):
    """Indices kept by greedy suppression, as torchvision.ops.nms describes it."""
    order = list(np.lexsort((np.arange(len(scores)), -scores)))
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    while order:
        best, rest = order[0], np.array(order[1:], dtype=int)
        kept.append(best)
        low = np.maximum(boxes[best, :2], boxes[rest, :2])
        high = np.minimum(boxes[best, 2:], boxes[rest, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        overlap = shared / (area[best] + area[rest] - shared)
        order = list(rest[overlap <= iou])
    return kept


def detections(boxes, scores, to_frame, frame, conf, iou, agnostic_nms=False, max_det=300,
               classes=None):
    """boxes [N, 4] corners in input pixels, scores [N, C]: what Ultralytics'
    non_max_suppression and scale_boxes do with them, multi_label=False."""
    best, value = scores.argmax(1), scores.max(1)
    keep = value > conf
    if classes is not None:
        keep &= np.isin(best, classes)
    boxes, best, value = boxes[keep], best[keep], value[keep]
    offset = 0 if agnostic_nms else best[:, None] * 7680.0
    result = []
    for i in suppress(boxes + offset, value, iou)[:max_det]:
        sx, sy, ox, oy = to_frame
        x0, y0, x1, y1 = boxes[i] * [sx, sy, sx, sy] + [ox, oy, ox, oy]
        x0, x1 = np.clip([x0, x1], 0, frame[0])
        y0, y1 = np.clip([y0, y1], 0, frame[1])
        if x1 > x0 and y1 > y0:
            result.append([float(v) for v in (x0, y0, x1 - x0, y1 - y0, value[i])] + [int(best[i])])
    return result


def cases(boxes, scores, to_frame, frame):
    return [{"options": o, "expected": [[round(v, 5) for v in d] for d in
                                        detections(boxes, scores, to_frame, frame, **o)]}
            for o in OPTIONS]


def letterbox(image, side):
    ratio = min(side / image.width, side / image.height)
    width, height = round(image.width * ratio), round(image.height * ratio)
    left, top = round((side - width) / 2 - 0.1), round((side - height) / 2 - 0.1)
    canvas = Image.new("RGB", (side, side), (114, 114, 114))
    canvas.paste(image.resize((width, height), Image.BILINEAR), (left, top))
    sx, sy = image.width / width, image.height / height
    return canvas, (sx, sy, -left * sx, -top * sy)


def yolo_outputs(model, pictures):
    """Of each picture: its path, the picture, the map to it, the network's first output."""
    import onnxruntime
    session = onnxruntime.InferenceSession(model)
    for path in pictures:
        image = Image.open(path).convert("RGB")
        canvas, to_frame = letterbox(image, 640)
        tensor = np.asarray(canvas, np.float32).transpose(2, 0, 1)[None] / 255
        raw = session.run(None, {session.get_inputs()[0].name: tensor})[0][0]
        yield path, image, to_frame, raw


def yolo(model, pictures):
    recorded = []
    for path, image, to_frame, raw in yolo_outputs(model, pictures):
        strong = np.sort(np.argsort(-raw[4:].max(0), kind="stable")[:KEEP])
        raw = np.round(raw[:, strong].astype(np.float64), 5)
        raw[4:][raw[4:] < 1e-3] = 0
        xy, wh, scores = raw[0:2].T, raw[2:4].T, raw[4:].T
        boxes = np.concatenate([xy - wh / 2, xy + wh / 2], 1)
        sparse = [[int(c), int(a), float(raw[c, a])] for c, a in zip(*np.nonzero(raw))]
        recorded.append({"picture": pathlib.Path(path).name, "frame": list(image.size),
                         "shape": [1, *raw.shape], "input_to_frame": to_frame, "values": sparse,
                         "cases": cases(boxes, scores, to_frame, image.size)})
    return recorded


def yolo_end2end(model, pictures):
    """Rows x0, y0, x1, y1, score, class: sorted and cut, nothing suppressed."""
    recorded = []
    for path, image, to_frame, raw in yolo_outputs(model, pictures):
        raw = np.round(raw.astype(np.float64), 5)
        scores = np.zeros((len(raw), 80))
        scores[np.arange(len(raw)), raw[:, 5].astype(int)] = raw[:, 4]
        expected = []
        for options in OPTIONS:
            every = detections(raw[:, :4], scores, to_frame, image.size, **options | {"iou": 1})
            expected.append({"options": options,
                             "expected": [[round(v, 5) for v in d] for d in every]})
        recorded.append({"picture": pathlib.Path(path).name, "frame": list(image.size),
                         "input_to_frame": to_frame, "rows": raw[raw[:, 4] > 1e-3].tolist(),
                         "cases": expected})
    return recorded


def anchors():
    """Centre y, x, height, width, written from the description of MediaPipe's calculator."""
    rows, cells_of_layer = [], [19, 10, 5, 3, 2, 1]
    scales = [0.2 + (0.95 - 0.2) * i / 5 for i in range(6)] + [1.0]
    for layer, cells in enumerate(cells_of_layer):
        if layer == 0:
            shapes = [(0.1, 1.0), (scales[0], 2.0), (scales[0], 0.5)]
        else:
            shapes = [(scales[layer], r) for r in (1.0, 2.0, 0.5, 3.0, 0.3333)]
            shapes.append((np.sqrt(scales[layer] * scales[layer + 1]), 1.0))
        for y in range(cells):
            for x in range(cells):
                rows += [((y + .5) / cells, (x + .5) / cells, s / np.sqrt(r), s * np.sqrt(r))
                         for s, r in shapes]
    return np.array(rows)


def ssd(model, pictures):
    import openvino
    network = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    prior, recorded = anchors(), []
    for path in pictures:
        image = Image.open(path).convert("RGB")
        small = image.resize((300, 300), Image.BILINEAR)
        result = network(np.asarray(small, np.float32)[None] / 127.5 - 1)
        encoded, logits = (np.round(result[o][0].astype(np.float64), 4) for o in network.outputs)
        strong = np.sort(np.argsort(-logits[:, 1:].max(1), kind="stable")[:KEEP])
        weak = np.setdiff1d(np.arange(len(prior)), strong)
        encoded[weak], logits[weak] = 0, -12
        logits[logits < -4.7] = -12  # a score of 0.009
        scores = 1 / (1 + np.exp(-logits[:, 1:]))
        center = encoded[:, :2] / 10 * prior[:, 2:] + prior[:, :2]
        size = np.exp(encoded[:, 2:] / 5) * prior[:, 2:]
        boxes = np.concatenate([center - size / 2, center + size / 2], 1)[:, [1, 0, 3, 2]] * 300
        to_frame = (image.width / 300, image.height / 300, 0.0, 0.0)
        sparse = [[int(a), encoded[a].tolist(),
                   [[int(c), float(logits[a, c])] for c in np.nonzero(logits[a] > -12)[0]]]
                  for a in strong]
        recorded.append({"picture": pathlib.Path(path).name, "frame": list(image.size),
                         "input_to_frame": to_frame, "absent_logit": -12, "anchors": sparse,
                         "cases": cases(boxes, scores, to_frame, image.size)})
    sample = [0, 1, 2, 3, 1082, 1083, 1084, 1088, 1089, 1911, 1916]
    return {"anchors": {"count": len(prior), "sum": prior.sum(0).tolist(),
                        "sample": [[i, *prior[i].tolist()] for i in sample]},
            "pictures": recorded}


def main():
    kind, model, *pictures = sys.argv[1:]
    content = {"yolo": yolo, "yolo_end2end": yolo_end2end, "ssd": ssd}[kind](model, pictures)
    text = json.dumps(content, separators=(",", ":"))
    (HERE / f"{kind}_head.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
