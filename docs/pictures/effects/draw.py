#!/usr/bin/env python3
"""The cartoon faces of docs/effects-language.md, and their pictures as PNG.

    python -m venv venv && venv/bin/pip install pillow==13.0.0
    npm pack mind-ar@1.2.5 && tar xzf mind-ar-1.2.5.tgz    # holds MediaPipe's canonical face mesh
    venv/bin/python draw.py package/src/face-target/face-geometry/canonical-face-model.obj

writes one.png, three.png, background.png and their landmarks, one.txt and three.txt, beside this
file.

    mkdir /tmp/drawn
    RETINUE_DRAW_DOCUMENTS=/tmp/drawn effects_test --gtest_filter='Documents.*'
    venv/bin/python draw.py --pack /tmp/drawn

draws the programs of the document into these pictures and stores the results as PNG beside this
file; without RETINUE_DRAW_DOCUMENTS the same test compares them with what is stored.

Landmarks: one line each of x y z in pixels, to a tenth, 478 of every face.
@source MediaPipe, mediapipe/modules/face_geometry/data/canonical_face_model.obj; irises as in
        face_model_with_iris.obj there: circles of 0.6 cm in the middle of the eyes.
"""
import glob
import math
import os
import sys

from PIL import Image, ImageDraw

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = (320, 240)
FINE = 4  # drawn so many times larger, then shrunk

# Indices into the mesh, from the language's reference.
FACE = [10, 109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152,
        377, 400, 378, 379, 365, 397, 288, 435, 361, 323, 454, 356, 389, 251, 284, 332, 297, 338]
EYES = [[133, 173, 157, 158, 159, 160, 161, 246, 33, 7, 163, 144, 145, 153, 154, 155],
        [263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249]]
BROWS = [[46, 53, 52, 65, 55, 107, 66, 105, 63, 70],
         [276, 283, 282, 295, 285, 336, 296, 334, 293, 300]]
LIPS = [0, 37, 39, 40, 185, 61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267]
MOUTH_LINE = [61, 78, 80, 13, 310, 308, 291]
NOSE = [168, 6, 197, 195, 5, 4]
NOSTRILS = [98, 97, 2, 326, 327]


def canonical(path):
    """468 points in centimetres: x to the picture's right, y up, z towards the camera."""
    with open(path, encoding="ascii") as file:
        points = [tuple(map(float, line.split()[1:4])) for line in file if line.startswith("v ")]
    assert len(points) == 468, path
    for x, side in ((-3.18175, 1), (3.18175, 1)):
        y, z, r = 2.635786, 3.826339, 0.6
        points += [(x, y, z), (x + r * side, y, z), (x, y + r, z), (x - r * side, y, z),
                   (x, y - r, z)]
    return [friendly(i, p) for i, p in enumerate(points)]


def friendly(index, point):
    """The canonical face is stern: its eyes are opened wider, the corners of its mouth raised."""
    x, y, z = point
    if index in EYES[0] + EYES[1]:
        y += 0.7 * (y - 2.6)
    if abs(x) < 3.2 and -6.5 < y < -3:
        y += 0.55 * (x / 2.5) ** 2
    return x, y, z


def hull(points):
    """Andrew's monotone chain."""
    def half(points):
        chain = []
        for p in points:
            while len(chain) > 1 and ((chain[-1][0] - chain[-2][0]) * (p[1] - chain[-2][1]) <=
                                      (chain[-1][1] - chain[-2][1]) * (p[0] - chain[-2][0])):
                chain.pop()
            chain.append(p)
        return chain[:-1]
    return half(sorted(points)) + half(sorted(points, reverse=True))


class Face:
    def __init__(self, mesh, center, scale, roll, colors):
        turn = math.radians(roll)
        self.scale, self.colors, self.center = scale, colors, center
        self.points = []
        for x, y, z in mesh:
            right, down = x * scale, -y * scale
            self.points.append((center[0] + math.cos(turn) * right - math.sin(turn) * down,
                                center[1] + math.sin(turn) * right + math.cos(turn) * down,
                                -z * scale))

    def at(self, index):
        return self.points[index][0] * FINE, self.points[index][1] * FINE

    def polygon(self, indices):
        return [self.at(i) for i in indices]

    def pixels(self, length):
        return int(length * self.scale * FINE)

    def line(self, draw, indices, color, width):
        draw.line(self.polygon(indices), fill=color, width=self.pixels(width), joint="curve")

    def blob(self, draw, index, radius, color, shift=(0, 0), stretch=1):
        x, y = self.at(index)
        unit = self.scale * FINE
        x, y, r = x + shift[0] * unit, y + shift[1] * unit, radius * unit
        draw.ellipse((x - r, y - r * stretch, x + r, y + r * stretch), fill=color)

    def body(self, draw):
        """All that is not background, roughly: used for the mask too."""
        c = self.colors
        u = self.scale * FINE
        x, chin = self.at(152)
        draw.rounded_rectangle((x - 10.5 * u, chin + 1.6 * u, x + 10.5 * u, chin + 40 * u), 5 * u,
                               fill=c["shirt"])
        neck = ((-3, -3), (3, -3), (3.4, 2.6), (0, 4.2), (-3.4, 2.6))
        draw.polygon([(x + right * u, chin + down * u) for right, down in neck], fill=c["shade"])
        self.blob(draw, 6, 8.9, c["hair"], (0, -1.5), 1.0)
        self.blob(draw, 234, 1.3, c["shade"], (-0.2, -0.4), 1.5)
        self.blob(draw, 454, 1.3, c["shade"], (0.2, -0.4), 1.5)

    def draw(self, draw):
        c = self.colors
        self.body(draw)
        draw.polygon(hull(self.polygon(FACE)), fill=c["skin"])
        # A fringe over the upper edge of the face.
        for index, radius in ((54, 1.6), (103, 2.1), (67, 2.2), (109, 1.9), (10, 1.8)):
            self.blob(draw, index, radius, c["hair"], (0, -0.6))
        for index in (338, 297, 332, 284):
            self.blob(draw, index, 1.7, c["hair"], (0, -0.8))
        for index in (205, 425):
            self.blob(draw, index, 1.25, c["blush"], (0, -0.2), 0.75)
        for brow in BROWS:
            draw.polygon(self.polygon(brow), fill=c["hair"])
        for side, eye in enumerate(EYES):
            draw.polygon(self.polygon(eye), fill="white", outline=c["line"],
                         width=self.pixels(0.22))
            iris = 468 + 5 * side
            self.blob(draw, iris, 0.6, c["iris"])
            self.blob(draw, iris, 0.32, "#14121a")
            self.blob(draw, iris, 0.15, "white", (0.18, -0.2))
            self.line(draw, eye[:9], c["line"], 0.3)
        self.line(draw, NOSTRILS, c["shade"], 0.4)
        self.line(draw, NOSE[3:], c["shade"], 0.3)
        draw.polygon(self.polygon(LIPS), fill=c["lips"])
        self.line(draw, MOUTH_LINE, c["line"], 0.25)
        for index, shift in ((61, (-0.49, -0.48)), (291, (0.49, -0.48))):
            x, y = self.at(index)
            u = self.scale * FINE
            draw.line((x, y, x + shift[0] * u, y + shift[1] * u), fill=c["line"],
                      width=self.pixels(0.25))


ROSE = {"skin": "#f6cfae", "shade": "#dfa982", "blush": "#f2ab94", "hair": "#7a4526",
        "iris": "#3f86c9", "lips": "#c9504f", "line": "#4a2c20", "shirt": "#2f8f83"}
OAK = {"skin": "#c98d5e", "shade": "#a66d43", "blush": "#c4754f", "hair": "#241a1c",
       "iris": "#5b3a1e", "lips": "#94403f", "line": "#2a1712", "shirt": "#d9a63a"}
SNOW = {"skin": "#fbdcc8", "shade": "#e6b398", "blush": "#f4b3a4", "hair": "#d9822b",
        "iris": "#4a9a55", "lips": "#d3605d", "line": "#6b3a20", "shirt": "#6a5bb5"}
SAND = dict(ROSE, hair="#e2be62", iris="#6a8f9c", shirt="#b5483f", line="#6b4a2c")


def room():
    picture = Image.new("RGB", (SIZE[0] * FINE, SIZE[1] * FINE), "#cfe3ee")
    draw = ImageDraw.Draw(picture)

    def box(x0, y0, x1, y1, color):
        draw.rectangle((x0 * FINE, y0 * FINE, x1 * FINE - 1, y1 * FINE - 1), fill=color)
    for x in range(0, SIZE[0], 40):
        box(x, 0, x + 20, 196, "#c5dbe8")
    box(0, 196, SIZE[0], SIZE[1], "#b08d6a")
    box(18, 26, 78, 106, "#ffffff")
    box(23, 31, 46, 101, "#8cc7f0")
    box(50, 31, 73, 101, "#8cc7f0")
    box(23, 78, 46, 101, "#7fbf6a")
    box(50, 78, 73, 101, "#7fbf6a")
    box(246, 40, 302, 84, "#e9b44c")
    box(251, 45, 297, 79, "#f7ecd2")
    draw.ellipse((262 * FINE, 51 * FINE, 286 * FINE, 75 * FINE), fill="#d95d39")
    return picture, draw


def store(picture, name):
    """256 colours, so that the files are small."""
    picture = picture.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=2,
                               dither=Image.Dither.NONE)
    picture.save(os.path.join(HERE, name + ".png"), optimize=True)


def scene(name, faces):
    picture, draw = room()
    for face in faces:
        face.draw(draw)
    store(picture.resize(SIZE, Image.Resampling.LANCZOS), name)
    with open(os.path.join(HERE, name + ".txt"), "w", encoding="ascii") as out:
        for face in faces:
            for x, y, z in face.points:
                out.write(f"{x:.1f} {y:.1f} {z:.1f}\n")


def mask(name, faces):
    picture = Image.new("RGB", (SIZE[0] * FINE, SIZE[1] * FINE), "white")
    draw = ImageDraw.Draw(picture)
    for face in faces:
        face.colors = dict.fromkeys(face.colors, "black")
        face.body(draw)
        draw.polygon(hull(face.polygon(FACE)), fill="black")
    picture = picture.convert("L").resize(SIZE, Image.Resampling.LANCZOS)
    picture.save(os.path.join(HERE, name + ".png"), optimize=True)


def main():
    if sys.argv[1] == "--pack":
        for path in sorted(glob.glob(os.path.join(sys.argv[2], "*.ppm"))):
            store(Image.open(path), os.path.splitext(os.path.basename(path))[0])
        return
    mesh = canonical(sys.argv[1])
    one = [Face(mesh, (160, 124), 7.6, 0, ROSE)]
    scene("one", one)
    scene("three", [Face(mesh, (62, 132), 4.7, 0, OAK), Face(mesh, (160, 122), 4.7, 12, SNOW),
                    Face(mesh, (258, 136), 4.7, -6, SAND)])
    mask("background", one)


main()
