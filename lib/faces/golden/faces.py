#!/usr/bin/env python3
"""Writes measures.json and smoother.json: what references written here with numpy in float64 make
of synthetic faces. lib/faces/*_test.cc read them.

    python lib/faces/golden/faces.py

The head's turn is Kabsch's algorithm after Umeyama (1991) with MediaPipe's weights; the smoother is
Casiez et al., "1 Euro Filter" (2012), algorithms 1 and 2, speeds divided by the face's size.
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent

# Landmark, its mirror image, weight in the fit (0: not in it), x, y (up), z (towards the camera) in
# centimetres. @source MediaPipe, mediapipe/modules/face_geometry/data/
# geometry_pipeline_metadata_landmarks.pbtxt
CANONICAL = """
0 0 0 0 -3.4064 5.97951
4 4 0.0709099397 0 -0.46317 7.58658
6 6 0.0321001448 0 2.47325 5.78863
10 10 0.00844655093 0 8.26178 4.48154
13 13 0 0 -3.99444 5.21948
14 14 0 0 -4.5424 5.40475
17 17 0 0 -5.36512 5.53544
33 263 0.0587241686881 -4.44586 2.66399 3.17342
54 284 0.00766708003357 -6.27933 6.61543 1.42585
61 291 0 -2.45621 -4.34262 4.28388
67 297 0.00907805934548 -3.52396 8.00598 3.72916
82 312 0 -0.533422 -3.99322 5.1382
87 317 0 -0.583218 -4.51798 5.33987
117 346 0.0097919376567 -5.25866 0.945811 2.97431
119 348 0.014565368183 -3.30068 0.861641 3.87278
121 350 0.0185913611203 -1.82073 1.46795 4.22412
127 356 0.00519799441099 -7.7431 2.365 -2.00517
129 358 0.120625205338 -1.78579 -0.978284 4.85047
132 361 0.00556001858786 -7.2709 -2.89092 -2.25245
133 362 0.0532861836255 -1.85643 2.58525 3.7579
136 365 0.0668904557824 -5.08528 -7.17859 0.714711
143 372 0.014816547744 -6.40757 2.23602 1.56084
144 373 0 -3.67008 2.36015 3.63523
145 374 0 -3.17719 2.29427 3.7757
147 376 0.0142628336325 -6.23488 -1.94443 1.66354
153 380 0 -2.72403 2.3158 3.77715
158 385 0 -2.72403 2.96181 3.87177
159 386 0 -3.17719 2.96414 3.87697
160 387 0 -3.67008 2.92771 3.72432
198 420 0.0254621915519 -1.24682 0.230297 5.68104
205 425 0.047252278775 -3.83293 -1.53733 4.13773
"""


def canonical():
    points, weights = {}, {}
    for row in CANONICAL.split("\n"):
        if not row:
            continue
        left, right, weight, x, y, z = (float(v) for v in row.split())
        points[int(left)], weights[int(left)] = (x, y, z), weight
        points[int(right)], weights[int(right)] = (-x if left != right else x, y, z), weight
    ids = sorted(points)
    # A picture's axes: y down, z away from the camera.
    places = np.array([points[i] for i in ids]) * [1, -1, -1]
    return ids, places, np.array([weights[i] for i in ids])


IDS, FACE, WEIGHTS = canonical()
ROW = {index: row for row, index in enumerate(IDS)}


def turn(yaw, pitch, roll):
    """Pitch up about x, then yaw to the picture's right about y, then roll clockwise about z."""
    yaw, pitch, roll = np.radians([yaw, pitch, roll])
    x = np.array([[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]])
    y = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return z @ y @ x


def fit(points):
    weights = WEIGHTS / WEIGHTS.sum()
    model, mesh = FACE - weights @ FACE, points - weights @ points
    u, _, vt = np.linalg.svd((mesh * weights[:, None]).T @ model)
    return u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt


def angles(matrix):
    right, forward = matrix[:, 0], -matrix[:, 2]
    roll = np.arctan2(right[1], right[0])
    cosine, sine = np.cos(roll), np.sin(roll)
    upright = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
    right, forward = upright @ right, upright @ forward
    yaw = np.arctan2(right[2], right[0])
    back = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    forward = back @ forward
    return np.degrees([yaw, np.arctan2(-forward[1], -forward[2]), roll])


def measures(points, has_iris):
    at = lambda index: points[ROW[index]]
    apart = lambda a, b: np.linalg.norm(at(a) - at(b))
    between = lambda value, low, high: float(np.clip((value - low) / (high - low), 0, 1))
    closed, opened = (0.12, 0.27) if has_iris else (0.17, 0.28)
    eye = lambda a, b, lids: between(
        np.mean([apart(*p) for p in lids]) / apart(a, b), closed, opened)
    eyes = apart(33, 263)
    lips = np.mean([apart(82, 87), apart(13, 14), apart(312, 317)])
    matrix = fit(points)
    lift = matrix[:, 1] @ ((at(0) + at(17)) / 2 - (at(61) + at(291)) / 2) / eyes
    width = between(apart(61, 291) / eyes, 0.56, 0.72)
    yaw, pitch, roll = angles(matrix)
    return {
        "yaw": yaw, "pitch": pitch, "roll": roll,
        "mouth_open": between(lips / eyes, 0.015, 0.45),
        "leye_open": eye(33, 133, [(160, 144), (159, 145), (158, 153)]),
        "reye_open": eye(263, 362, [(387, 373), (386, 374), (385, 380)]),
        "smile": float(np.sqrt(width * between(lift, 0.015, 0.09))),
    }


def deformed(random, index):
    """The canonical face with lids, lips and corners of the mouth moved, and noise on all."""
    points = FACE.copy()
    lids = [(160, 144), (159, 145), (158, 153), (387, 373), (386, 374), (385, 380)]
    for pair in lids:
        middle = (points[ROW[pair[0]]] + points[ROW[pair[1]]]) / 2
        for i in pair:
            points[ROW[i]] = middle + (points[ROW[i]] - middle) * [1, 0.4 + 0.25 * index, 1]
    for i in (87, 14, 317, 17):
        points[ROW[i]] += [0, 0.7 * index, 0.2 * index]
    for i, side in ((61, -1), (291, 1)):
        points[ROW[i]] += [0.35 * index * side, -0.3 * index, -0.1 * index]
    return points + random.normal(size=points.shape) * 0.1


def measured_faces():
    random = np.random.default_rng(5)
    poses = [(0, 0, 0), (25, 0, 0), (-40, 15, 160), (10, -35, -75), (-5, 20, 95)]
    faces = []
    for index, pose in enumerate(poses):
        points = deformed(random, index % 4) @ turn(*pose).T * (3 + 7 * index)
        points = np.round(points + [200 * index - 100, 300, 0], 3)
        has_iris = index % 2 == 1
        faces.append({"landmarks": 478 if has_iris else 468, "points": points.tolist(),
                      "expected": measures(points, has_iris)})
    return {"ids": IDS, "canonical": FACE.tolist(), "faces": faces}


def share(cutoff, step):
    return 1 / (1 + 1 / (2 * np.pi * cutoff * step))


def smoothed(frames, steps, min_cutoff, beta, derivative_cutoff):
    raw, smooth = frames[0], frames[0]
    speed = np.zeros((frames.shape[1], 2))
    result = [smooth]
    for frame, step in zip(frames[1:], steps):
        size = np.mean(np.ptp(frame[:, :2], axis=0))
        new_speed = (frame - raw)[:, :2] / size / step
        weight = share(derivative_cutoff, step)
        speed = weight * new_speed + (1 - weight) * speed
        weight = share(min_cutoff + beta * np.hypot(speed[:, 0], speed[:, 1]), step)[:, None]
        smooth = weight * frame + (1 - weight) * smooth
        raw = frame
        result.append(smooth)
    return np.array(result)


def smoothed_faces():
    random = np.random.default_rng(6)
    cases = []
    for options in ((0.3, 20, 1.0), (0.05, 80, 1.0), (2.0, 0, 5.0)):
        steps = np.round(random.uniform(5e-3, 80e-3, 24), 6)
        path = np.concatenate([np.zeros(10), np.cumsum(random.uniform(0, 9, 15))])
        still = random.uniform(0, 120, (4, 3)) + [300, -40, 0]
        frames = np.round(still + path[:, None, None] * [1, -0.5, 0.1]
                          + random.normal(size=(25, 4, 3)), 2)
        cases.append({"options": options, "steps_s": steps.tolist(), "frames": frames.tolist(),
                      "expected": np.round(smoothed(frames, steps, *options), 4).tolist()})
    return cases


(HERE / "measures.json").write_text(json.dumps(measured_faces()))
(HERE / "smoother.json").write_text(json.dumps(smoothed_faces()))
