#pragma once

// Made-up input for `bench stages`: like what a run has at that place, in size and in
// what makes it dear, and the same every time. No files.
// Thread rule: pure functions.

#include <cstddef>
#include <span>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/heads/head.h"
#include "retinue/heads/nms.h"
#include "retinue/image/frame.h"
#include "retinue/results/results.h"
#include "retinue/tensor/tensor.h"

namespace retinue::cli {

/// A street with people, NV12 as most decoders give it.
/// @error kInvalidArgument  A side is below 64 or over 8192.
Result<Frame> StreetFrame(Size size);

/// Outputs of a network, with their memory.
struct SceneTensors {
  std::vector<std::vector<float>> values;
  std::vector<TensorView> views;
};

/// The output [1, 4 + C + extra, N] of an anchor-free YOLO that sees `objects` things, ten strong
/// anchors on each as detectors have, everything else under 0.01. With MaskColumns also the
/// prototypes: smooth waves, so that masks have a few runs a column.
/// @param side  Of the model input in pixels; N is that of strides 8, 16 and 32.
SceneTensors YoloScene(const YoloSpec& spec, int side, int objects);

/// The outputs [1, N, 4] and [1, N, C + 1] of an SSD that sees `objects` things, as logits.
SceneTensors SsdScene(const SsdSpec& spec, int anchors, int objects);

/// `count` boxes in heaps of ten, scores falling within a heap.
std::vector<ScoredBox> HeapsOfBoxes(int count);

/// What a detector sees of `people` who walk across a street of 1920×1080, frame by frame: one in
/// ten is missed, one in ten is weak, and a tenth as many things are there that are not.
std::vector<std::vector<Detection>> WalkingPeople(int people, int frames);

}  // namespace retinue::cli
