#pragma once

// Copies frames into the formats that can be drawn into. Thread rule: pure functions.

#include "retinue/image/frame.h"

namespace retinue {

/// kRgb24 for RGB kinds, kI420 for all others; the same size and colour space.
FrameFormat DrawableFormat(const FrameFormat& format);

/// Copies the pixels of `frame`; `into` has its DrawableFormat. Alpha is dropped; kYuy2's
/// chroma rows are averaged in pairs, halves rounded up; kGray8 gets neutral chroma.
void CopyPixels(const Frame& frame, FrameBuffer& into);

}  // namespace retinue
