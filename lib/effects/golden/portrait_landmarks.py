#!/usr/bin/env python3
"""Landmarks of data/faces/patlevin/portrait.jpg by MediaPipe's own face mesh, for tests.

    python -m venv venv && venv/bin/pip install mediapipe==0.10.21 pillow
    venv/bin/python portrait_landmarks.py ../shared/data/faces/patlevin/portrait.jpg > portrait_landmarks.txt

One line a landmark of the 478: x y z in pixels, to a tenth.
"""
import sys

import mediapipe
import numpy
from PIL import Image

picture = numpy.array(Image.open(sys.argv[1]).convert("RGB"))
height, width = picture.shape[:2]
mesh = mediapipe.solutions.face_mesh.FaceMesh(
    static_image_mode=True, max_num_faces=1, refine_landmarks=True)
for landmark in mesh.process(picture).multi_face_landmarks[0].landmark:
    print(f"{landmark.x * width:.1f} {landmark.y * height:.1f} {landmark.z * width:.1f}")
