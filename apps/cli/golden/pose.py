"""Writes pose.json: the 33 points that MediaPipe's own Python package (0.10.21, Pose with
static_image_mode=True and model_complexity=1) finds in pictures: x and y in pixels, visibility.
apps/cli/pose_command_test.cc reads it.

    python apps/cli/golden/pose.py PICTURES_FOLDER NAME...

Needs mediapipe==0.10.21, numpy and pillow.
"""

import json
import pathlib
import sys

import mediapipe
import numpy as np
from PIL import Image


def main():
    folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:]
    found = []
    for name in names:
        picture = np.asarray(Image.open(folder / name).convert("RGB"))
        height, width = picture.shape[:2]
        with mediapipe.solutions.pose.Pose(static_image_mode=True, model_complexity=1) as pose:
            landmarks = pose.process(picture).pose_landmarks.landmark
        found.append({"picture": name,
                      "points": [[round(p.x * width, 1), round(p.y * height, 1),
                                  round(p.visibility, 3)] for p in landmarks]})
    path = pathlib.Path(__file__).resolve().parent / "pose.json"
    path.write_text("[" + ",\n ".join(map(json.dumps, found)) + "]\n")


if __name__ == "__main__":
    main()
