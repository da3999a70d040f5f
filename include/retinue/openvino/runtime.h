#pragma once

// The OpenVINO runtime: reads .onnx, .tflite and .xml, runs on the CPU (and on
// Intel GPUs where OpenVINO's plug-in for them is installed). Thread rule: as
// for every Runtime, any thread at a time.

#include <memory>
#include <string>

#include "retinue/infer/engine.h"

namespace retinue {

struct OpenVinoOptions {
  /// Where Read() remembers what a model file said about itself (names, shapes,
  /// metadata; a few KB, by the file's content), so that a later start may skip
  /// parsing the file: Read() then costs one pass over its bytes, and parsing
  /// happens in Compile() if the compiled network is not cached too. Give the
  /// same folder as CompileOptions::cache_dir. Empty = no such memory. The folder
  /// is made when missing; one that cannot be written is as good as none.
  std::string cache_dir;
};

/// OpenVINO as a Runtime. Cost: nothing is loaded before the first call.
///
/// How it behaves beyond what engine.h says:
/// * **Throughput** (Goal::kThroughput): as many streams as OpenVINO's own
///   throughput hint chooses for the threads given, mostly one thread each, which
///   costs the least CPU a frame (docs/measurements.md); `info().requests` is
///   streams + 1. **Latency**: one stream over all threads, one request.
/// * **Zero copy**: input() and output() are the network's own memory.
/// * **Shapes**: every dimension is fixed by Compile(). An open first dimension is
///   a batch of 1; other open dimensions need `input_shape`. A new `input_shape` of a
///   network with a fixed shape changes a batch of 1 to another, and of [N, C, H, W] height and
///   width, and only where the outcome is provably right: a batch where every operator is known
///   to keep pictures apart (backends/openvino/change_batch.h); a size in networks without anchors
///   in them, and in exports of anchor-free YOLO whose anchor grids were folded into constants,
///   which are recognised exactly and rebuilt (backends/openvino/relax_anchors.h); everything else
///   is kUnsupported.
/// * **Precision**: bf16 and f16 only where the CPU computes in them; int8 only for
///   networks that hold quantised weights, as those decide it and run as such under kAuto too.
/// * **Cache**: one file a (model content, shape, options, version, CPU) in
///   `cache_dir`, checked by a checksum; a damaged one is removed and made
///   anew. The 16 last used are kept.
/// * `.onnx` files with weights in other files are never cached.
std::unique_ptr<Runtime> MakeOpenVinoRuntime(const OpenVinoOptions& options = {});

}  // namespace retinue
