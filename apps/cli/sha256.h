#pragma once

// SHA-256, by GLib. Thread rule: an object belongs to one thread.

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "retinue/base/result.h"

namespace retinue::cli {

/// Takes bytes, gives their hash.
class Sha256 {
 public:
  /// @error kUnsupported  Built without GLib.
  static Result<Sha256> Create();

  void Update(std::span<const std::byte> bytes);
  /// 64 lower-case hexadecimal digits; nothing may be added afterwards.
  std::string Hex();

 private:
  struct Delete {
    void operator()(void* checksum) const;
  };
  explicit Sha256(void* checksum) : checksum_(checksum) {}
  std::unique_ptr<void, Delete> checksum_;  ///< GLib's GChecksum.
};

/// Of a file. Cost: about 5 ms a megabyte.
/// @error kNotFound, kPermissionDenied, kDataLoss, kInterrupted, kUnsupported (without GLib).
Result<std::string> Sha256OfFile(const std::string& path, std::stop_token stop = {});

}  // namespace retinue::cli
