"""Expected values for golden_test.cc, made without any code of retinue.

    python golden_values.py > golden_values.inc      (numpy 2.4, opencv-python-headless 5.0)

Pictures: byte (x, y, c) of a plane is (37 x + 59 y + 101 c + 7 x y + seed) mod 256.
Resizing is cv2.resize(INTER_LINEAR) on float32, the letterbox is Ultralytics' formula
(ultralytics/data/augment.py, class LetterBox) in own words. YCbCr has no such
function (OpenCV repeats chroma), so planes are interpolated by numpy.interp,
rows after columns, and matrices are solved by numpy from Kr and Kb.
"""

import cv2
import numpy as np


def picture(width, height, channels=1, seed=0):
    y, x, c = np.mgrid[0:height, 0:width, 0:channels]
    return ((37 * x + 59 * y + 101 * c + 7 * x * y + seed) % 256).astype(np.uint8)


def resized(image, width, height):
    out = cv2.resize(image.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return out.reshape(height, width, -1)


def letterboxed(image, width, height, pad):
    h, w = image.shape[:2]
    r = min(height / h, width / w)
    new_w, new_h = round(w * r), round(h * r)
    dw, dh = (width - new_w) / 2, (height - new_h) / 2
    top, bottom = round(dh - 0.1), round(dh + 0.1)
    left, right = round(dw - 0.1), round(dw + 0.1)
    out = resized(image, new_w, new_h)
    channels = out.shape[2]
    out = cv2.copyMakeBorder(out, top, bottom, left, right, cv2.BORDER_CONSTANT, value=[pad] * channels)
    return out.reshape(height, width, channels)


def yolox(image, width, height, pad):
    out = np.full((height, width, image.shape[2]), pad, np.float32)
    h, w = image.shape[:2]
    r = min(height / h, width / w)
    new_w, new_h = int(w * r), int(h * r)
    out[:new_h, :new_w] = resized(image, new_w, new_h)
    return out


def sampled(plane, x, y):
    columns = np.arange(plane.shape[1])
    rows = np.arange(plane.shape[0])
    across = np.array([np.interp(x, columns, row) for row in plane.astype(np.float64)])
    return np.array([np.interp(y, rows, column) for column in across.T]).T


def center_cropped(image, side):
    """torchvision's Resize(side) and CenterCrop(side), resized as everything here."""
    h, w = image.shape[:2]
    new_w, new_h = (side, int(side * h / w)) if w <= h else (int(side * w / h), side)
    left, top = round((new_w - side) / 2), round((new_h - side) / 2)
    return resized(image, new_w, new_h)[top:top + side, left:left + side]


def warped(image, width, height, pad):
    """NanoDet's get_resize_matrix(keep_ratio=True) and a bilinear warp with it, framed by `pad`:
    cv2.warpPerspective before it rounds (OpenCV 4 also rounds positions, to 1/32)."""
    h, w = image.shape[:2]
    r = min(width / w, height / h)
    x = (np.arange(width) - (width - r * w) / 2) / r
    y = (np.arange(height) - (height - r * h) / 2) / r
    framed = np.pad(image, ((1, 1), (1, 1), (0, 0)), constant_values=pad)
    out = np.stack([sampled(framed[:, :, c], x + 1, y + 1) for c in range(image.shape[2])], -1)
    matrix = np.array([[r, 0, (width - r * w) / 2], [0, r, (height - r * h) / 2], [0, 0, 1]])
    theirs = cv2.warpPerspective(image, matrix, (width, height), borderValue=[pad] * 3)
    assert np.abs(out - theirs).max() <= .501, "not what OpenCV does"
    return out


def ycbcr(y, cb, cr, size, kr, kb, full, x_step, y_step):
    """Planes -> RGB of `size`, stretched; chroma left-sited, half way vertically."""
    width, height = size
    h, w = y.shape
    px = (np.arange(width) + 0.5) * w / width - 0.5
    py = (np.arange(height) + 0.5) * h / height - 0.5
    cx = px / x_step
    cy = (py - (y_step - 1) / 2) / y_step
    planes = np.stack([sampled(y, px, py), sampled(cb, cx, cy), sampled(cr, cx, cy)], -1)
    kg = 1 - kr - kb
    to_ycc = np.array([[kr, kg, kb],
                       np.array([-kr, -kg, 1 - kb]) / (2 * (1 - kb)),
                       np.array([1 - kr, -kg, -kb]) / (2 * (1 - kr))])
    luma, chroma = ((255, 255) if full else (219, 224))
    norm = (planes - [0 if full else 16, 128, 128]) / [luma, chroma, chroma]
    return np.clip(norm @ np.linalg.inv(to_ycc).T, 0, 1) * 255


def show(name, values):
    flat = np.asarray(values, np.float64).reshape(-1)
    print(f"// {name}: {values.shape[1]}x{values.shape[0]}x{values.shape[2]}")
    print(f"constexpr float {name}[] = {{")
    for i in range(0, len(flat), 10):
        print("    " + ", ".join(f"{v:.3f}f" for v in flat[i:i + 10]) + ",")
    print("};")


print("// Made by golden_values.py; do not edit.")
show("kGrayDown", resized(picture(13, 7), 5, 4))
show("kGrayUp", resized(picture(6, 4), 9, 7))
show("kGrayHalf", resized(picture(12, 8), 6, 4))
show("kBgrLetterbox", letterboxed(picture(16, 9, 3)[:, :, ::-1], 10, 9, 114))
show("kBgrLetterboxTall", letterboxed(picture(5, 11, 3)[:, :, ::-1], 8, 8, 50))
show("kRgbYolox", yolox(picture(11, 7, 3), 9, 8, 114))
show("kRgbCenterCropWide", center_cropped(picture(17, 9, 3), 7))
show("kRgbCenterCropHigh", center_cropped(picture(9, 20, 3), 6))
show("kRgbWarp", warped(picture(13, 7, 3), 8, 9, 20))
show("kRgbWarpUp", warped(picture(5, 6, 3), 16, 14, 0))
rgb = resized(picture(9, 5, 3), 4, 3)
show("kRgbToGray", cv2.cvtColor(rgb / 255, cv2.COLOR_RGB2GRAY)[:, :, None] * 255)
uv = picture(5, 3, 2, 90)
show("kNv12Bt709", ycbcr(picture(10, 6)[:, :, 0], uv[:, :, 0], uv[:, :, 1], (6, 4), .2126, .0722, False, 2, 2))
uv = picture(5, 4, 2, 30)
show("kI420Bt601FullOdd", ycbcr(picture(9, 7)[:, :, 0], uv[:, :, 0], uv[:, :, 1], (5, 6), .299, .114, True, 2, 2))
uv = picture(4, 5, 2, 60)
show("kYuy2Bt2020Odd", ycbcr(picture(7, 5)[:, :, 0], uv[:, :, 0], uv[:, :, 1], (9, 4), .2627, .0593, False, 2, 1))
