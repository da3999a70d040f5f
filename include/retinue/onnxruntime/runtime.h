#pragma once

// The ONNX Runtime backend: reads .onnx. Its library is opened when
// MakeOnnxRuntime() is called and never linked, so a program that does not use it
// neither needs nor loads it. Thread rule: as for every Runtime, any thread at a time.

#include <memory>
#include <string>

#include "retinue/base/result.h"
#include "retinue/infer/engine.h"

namespace retinue {

struct OnnxRuntimeOptions {
  /// The shared library to open. Empty = the first that can be opened of:
  /// $RETINUE_ONNXRUNTIME; lib/retinue/ beside the program's bin/ folder;
  /// libonnxruntime.so.1 where the system looks; for a program that runs from
  /// its build folder, what CMake found. One named here or by the variable must open.
  std::string library;
};

/// ONNX Runtime as a Runtime.
///
/// @error kUnavailable  No library, or one too old for the headers this was built with;
///                      says how to get one.
///
/// How it behaves beyond what engine.h says:
/// * **Throughput**: one worker thread per CPU thread, each running whole frames
///   (no pool inside ONNX Runtime, so nothing spins); `info().requests` is workers + 1.
///   **Latency**: one worker over all threads.
/// * **Tensors**: inputs and outputs are preallocated and bound, no copy is made on the
///   CPU; outputs whose shape depends on data are ONNX Runtime's own memory.
/// * **Shapes**: as OpenVINO's: an open first dimension is a batch of 1, others need
///   `input_shape`. A fixed shape cannot be changed (kUnsupported).
/// * **Precision**: a network runs in the precision it is written in.
/// * **Devices**: "cpu"; "cuda:N" where the library has that provider.
/// * **Cache**: none; `cache_dir` is ignored, as making a session costs about as
///   much as reading the file (docs/measurements.md).
///
/// The library stays loaded until the process ends. Its telemetry (on by default in
/// its maker's builds from 1.29 on) is turned off: the call sets the environment variables
/// ORT_DISABLE_TELEMETRY and ORT_TELEMETRY_DISABLED of this process where they are not set, so
/// call it before other threads read the environment.
Result<std::unique_ptr<Runtime>> MakeOnnxRuntime(const OnnxRuntimeOptions& options = {});

}  // namespace retinue
