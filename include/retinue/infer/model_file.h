#pragma once

// What every inference backend needs before and around its library: judging the
// bytes of a model file, choosing fixed shapes, checking options, shortening a
// library's messages. For backends/; applications use Runtime (engine.h).
//
// Pure functions: no files, no state, any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "retinue/base/result.h"
#include "retinue/infer/engine.h"
#include "retinue/tensor/tensor.h"

namespace retinue {

/// `.onnx` for `dir/A.ONNX`; empty when the last part of the path has no dot.
std::string LowerCaseExtension(std::string_view path);

/// What InspectModel() saw.
struct ModelFacts {
  /// An ONNX file whose weights lie in other files, so that its own bytes do
  /// not say everything about it.
  bool external_weights = false;
  /// The first of those, as the model names it; control characters are '?', at most 200 bytes.
  std::string external_file{};
  /// An ONNX file with nodes that quantise: its weights are 8 bits and run as such.
  bool quantised = false;
};

/// Judges by its framing whether a file can be a model of the kind its
/// extension says, so that no library spends time or memory on what is not.
///
/// @param extension  ".onnx", ".tflite" or ".xml"; others pass unjudged.
/// @param bytes      The whole file; only as many as needed are looked at.
/// @error kDataLoss  Empty; not of that kind; an ONNX file shorter than it says it is, or with a
///                   graph that is not one; a TFLite file without its root; an IR over 256 MiB.
///
/// Cost: O(fields before the first wrong one) for garbage, one scan of the bytes for
/// an ONNX file, O(1) else.
/// @source ONNX: onnx.proto's ModelProto and the protobuf wire format; TFLite:
///         file identifier "TFL3" of schema.fbs, FlatBuffers' tables; IR: XML whose root is `net`.
Result<ModelFacts> InspectModel(std::string_view extension, std::span<const std::byte> bytes);

/// The shape to compile an input with.
///
/// @param wanted  The caller's shape, or none: then an open first dimension is 1.
/// @error kInvalidArgument  `wanted` has another rank or a dimension below 1, or
///                          a dimension stays open: says which, and that input_shape gives it.
Result<Shape> FixShape(const TensorInfo& input, const std::optional<Shape>& wanted);

/// @error kInvalidArgument  `threads` is not in 0…1024.
Result<void> CheckCompileOptions(const CompileOptions& options);

/// A hash of bytes that were not made to collide: for cache keys and checksums.
/// 128 bits; about 5 GB/s.
struct ContentHash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const ContentHash&, const ContentHash&) = default;
};
ContentHash HashOf(std::span<const std::byte> bytes, const ContentHash& seed = {});
/// 32 hexadecimal digits.
std::string ToString(const ContentHash& hash);

/// The part of a library's message that tells a user something: the first line
/// that is not about the library's own source code, without what stands in
/// front of the last of the `markers` it holds, at most 240 bytes, no full stop at its end.
std::string FirstSentence(std::string_view message,
                          std::span<const std::string_view> markers = {});

/// `io` as bytes, for a cache file.
std::string EncodeModelIo(const ModelIo& io);

/// The opposite of EncodeModelIo().
/// @error kDataLoss  Truncated, too long, or not made by it. Allocates at most a
///                   small multiple of `bytes`.
Result<ModelIo> DecodeModelIo(std::string_view bytes);

}  // namespace retinue
