"""Writes landmarks.json: what a reference, written here with numpy in float64 after MediaPipe's
TensorsToLandmarksCalculator and RefineLandmarksFromHeatmapCalculator, makes of tensors that both
sides draw from the same generator. lib/heads/landmarks_test.cc reads it.

    python lib/heads/golden/landmarks.py
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CASES = [{"points": 5, "hidden": 2, "columns": 5, "seed": 1, "maps": [12, 16, 8], "window": 7},
         {"points": 5, "hidden": 2, "columns": 5, "seed": 2, "maps": [9, 9, 7], "window": 3},
         {"points": 6, "hidden": 0, "columns": 5, "seed": 3},
         {"points": 7, "hidden": 1, "columns": 3, "seed": 4}]
INPUT = (64, 48)  # width, height
FRAME = (200, 160)
MAP = [[0.8, -0.6, 70.0], [0.6, 0.8, 20.0]]  # input to frame


def draw(seed, count, low, high):
    """A linear congruential generator of 32 bits, Numerical Recipes' constants."""
    values, state = [], seed
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(low + (high - low) * (state >> 8) / 2**24)
    return np.array(values)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def refined(at, heat, window):
    rows, columns = heat.shape
    column, row = int(at[0] * columns), int(at[1] * rows)
    if not (0 <= column < columns and 0 <= row < rows):
        return at
    reach = window // 2
    left, top = max(0, column - reach), max(0, row - reach)
    part = sigmoid(heat[top:row + reach + 1, left:column + reach + 1])
    if part.max() < 0.5:
        return at
    x = (part.sum(0) @ np.arange(left, left + part.shape[1])) / part.sum()
    y = (part.sum(1) @ np.arange(top, top + part.shape[0])) / part.sum()
    return np.array([x / columns, y / rows])


def landmarks(case):
    count = case["points"] + case["hidden"]
    # Places over the edge too; int() of a fraction just below 0 is 0, as in C++.
    rows = draw(case["seed"], count * case["columns"], -0.2, 1.2).reshape(count, -1)
    maps = None
    if "maps" in case:
        maps = draw(case["seed"] + 100, int(np.prod(case["maps"])), -6, 2).reshape(case["maps"])
    points = []
    for i, row in enumerate(rows):
        at = row[:2]
        if maps is not None:
            at = refined(at, maps[:, :, i], case["window"])
        x, y = np.array(MAP) @ np.array([at[0] * INPUT[0], at[1] * INPUT[1], 1])
        points.append([x, y, sigmoid(row[3] * 4) if case["columns"] == 5 else 1.0])
    shown = np.array(points)[:case["points"], :2]
    low = np.clip(shown.min(0), 0, FRAME)
    high = np.clip(shown.max(0), 0, FRAME)
    return {"points": [[round(v, 5) for v in p] for p in points],
            "box": [round(v, 5) for v in [*low, *(high - low)]]}


def main():
    cases = [{**case, "expected": landmarks(case)} for case in CASES]
    text = {"input": INPUT, "frame": FRAME, "input_to_frame": MAP, "cases": cases}
    (HERE / "landmarks.json").write_text(json.dumps(text) + "\n")


if __name__ == "__main__":
    main()
