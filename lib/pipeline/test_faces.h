#pragma once

// Twins for the tests of faces: a mesh of 468 points in 16x16 pixels, and a network of eyes.
// Thread rule: plain values.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "lib/pipeline/test_streams.h"
#include "retinue/faces/face_measures.h"
#include "retinue/infer/fake_engine.h"
#include "retinue/model/model_spec.h"
#include "retinue/results/face_refinement.h"
#include "retinue/results/results.h"

namespace retinue::testing {

/// A model that places landmarks, shown what it looks at stretched to its input.
inline ModelSpec ToyLandmarks(const LandmarkSpec& head, const char* name) {
  ModelSpec model;
  model.task = Task::kFaces;
  model.input.size = head.input;
  model.input.fit = Fit::kStretch;
  model.head = head;
  model.names = {name};
  return model;
}

/// A grid of points over the middle half of the input, 4 to 12 each way, with the corners of the
/// eyes level at y = 7. The square of the next frame, the points' box twice as wide, is the
/// input's again.
inline ModelSpec ToyMesh() {
  ModelSpec model = ToyLandmarks(
      {.is_face = true, .points = 468, .hidden = 0, .columns = 3, .input = {16, 16}}, "face");
  model.regions = RegionRules{
      .found = {.extent = RegionRule::Extent::kBox, .angle_degrees = 0},
      .followed = {.extent = RegionRule::Extent::kPoints, .from = 33, .to = 263,
                   .angle_degrees = 0, .scale = 2}};
  return model;
}

inline ModelIo ToyMeshIo() {
  ModelIo io;
  io.inputs = {{"image", ElementType::kF32, {1, 3, 16, 16}}};
  io.outputs = {{"points", ElementType::kF32, {1, 468 * 3}},
                {"presence", ElementType::kF32, {1, 1}}};
  return io;
}

/// How a face stands in what the mesh is shown.
struct ToyFace {
  float right = 0;         ///< Pixels of the input beside the middle.
  float presence = 0.95f;
  float size = 1;          ///< Times half of the input.
};

inline std::vector<float> ToyMeshPoints(const ToyFace& face) {
  std::vector<float> values;
  const auto add = [&](float x, float y) {
    values.insert(values.end(),
                  {8 + face.right + (x - 8) * face.size, 8 + (y - 8) * face.size, 1.0f});
  };
  for (int i = 0; i < 468; ++i) {
    switch (i) {
      case 33: add(5, 7); break;
      case 133: add(7, 7); break;
      case 362: add(9, 7); break;
      case 263: add(11, 7); break;
      default:
        add(4 + 8 * static_cast<float>(i % 22) / 21, 4 + 8 * static_cast<float>(i / 22) / 21);
    }
  }
  return values;
}

inline FakeReply MeshReply(const ToyFace& face = {}) {
  return {.outputs = {RecordedTensor::F32({1, 468 * 3}, ToyMeshPoints(face)),
                      RecordedTensor::F32({1, 1}, std::span(&face.presence, 1))}};
}
inline FakeReply NoMesh() { return MeshReply({.presence = 0.1f}); }

/// The same mesh with its lips and eyes where it has them itself, and both irises in the middle
/// between the eyes' outer corners.
inline ModelSpec ToyRefinedMesh() {
  ModelSpec model = ToyMesh();
  auto& head = std::get<LandmarkSpec>(model.head);
  head.points = 478;
  head.refined_outputs = {2, 3, 4, 5, 6};
  return model;
}

inline ModelIo ToyRefinedIo() {
  ModelIo io = ToyMeshIo();
  for (std::size_t i = 0; i < kFaceRefinements; ++i) {
    const auto points = RefinedLandmarks(static_cast<FaceRefinement>(i)).size();
    io.outputs.push_back({"part" + std::to_string(i), ElementType::kF32,
                          {1, static_cast<std::int64_t>(2 * points)}});
  }
  return io;
}

inline FakeReply RefinedReply(const ToyFace& face = {}) {
  FakeReply reply = MeshReply(face);
  const std::vector<float> mesh = ToyMeshPoints(face);
  for (std::size_t i = 0; i < kFaceRefinements; ++i) {
    std::vector<float> values;
    for (const std::int16_t point : RefinedLandmarks(static_cast<FaceRefinement>(i))) {
      const bool is_mesh = point < 468;
      const std::size_t at = 3 * static_cast<std::size_t>(is_mesh ? point : 33);
      const float across = is_mesh ? mesh[at] : (mesh[at] + mesh[3 * 263]) / 2;
      values.insert(values.end(), {across, mesh[at + 1]});
    }
    const auto count = static_cast<std::int64_t>(values.size());
    reply.outputs.push_back(RecordedTensor::F32({1, count}, values));
  }
  return reply;
}

/// 76 points of an eye in 64x64 pixels.
inline ModelSpec ToyIris() {
  return ToyLandmarks({.is_face = true, .points = 76, .hidden = 0, .columns = 3,
                       .input = {64, 64}, .more_output = 1, .presence_output = -1},
                      "eye");
}

inline ModelIo ToyIrisIo() {
  ModelIo io;
  io.inputs = {{"image", ElementType::kF32, {1, 3, 64, 64}}};
  io.outputs = {{"contour", ElementType::kF32, {1, 213}}, {"iris", ElementType::kF32, {1, 15}}};
  return io;
}

/// All of the contour at one place, all of the iris at another.
inline FakeReply IrisReply(Point contour, Point iris) {
  std::vector<float> first, second;
  for (int i = 0; i < 71; ++i) first.insert(first.end(), {contour.x, contour.y, 0});
  for (int i = 0; i < 5; ++i) second.insert(second.end(), {iris.x, iris.y, 0});
  return {.outputs = {RecordedTensor::F32({1, 213}, first), RecordedTensor::F32({1, 15}, second)}};
}

/// A detector of one face, by its box and the middle of its eyes, in 32x32 pixels.
inline ModelSpec ToyDetector() {
  ModelSpec model = ToyModel();
  model.head = YoloSpec{.class_count = 1, .extra = KeypointColumns{2, false}};
  model.names = {"face"};
  return model;
}
inline ModelIo ToyDetectorIo() {
  ModelIo io = ToyIo();
  io.outputs = {{"output0", ElementType::kF32, {1, 9, 1}}};
  return io;
}
inline std::vector<float> ToyDetection(Point at, float side, float score) {
  return {at.x, at.y, side, side, score, at.x - 1, at.y, at.x + 1, at.y};
}
inline FakeReply FaceAt(Point at, float side, float score) {
  return {.outputs = {RecordedTensor::F32({1, 9, 1}, ToyDetection(at, side, score))}};
}
inline FakeReply NoFace() { return FaceAt({16, 16}, 4, 0); }

/// A detection of a face whose square is of that side around (x, y), eyes level.
inline void AddFaceDetection(FrameResult& result, float x, float y, float side = 80) {
  result.keypoint_count = 2;
  result.objects.push_back({.box = {x - side / 2, y - side / 2, side, side},
                            .score = 0.8f,
                            .detail = static_cast<int>(result.objects.size())});
  result.keypoints.insert(result.keypoints.end(), {{x - 10, y, 1}, {x + 10, y, 1}});
}

}  // namespace retinue::testing
