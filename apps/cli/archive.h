#pragma once

// Takes one file out of an archive (.tgz, .zip, .whl, .tar…) by libarchive, which is
// opened when the first one is read. Thread rule: any thread.

#include <cstdint>
#include <stop_token>
#include <string>

#include "apps/cli/part_file.h"
#include "retinue/base/result.h"

namespace retinue::cli {

struct MemberRequest {
  std::string member;        ///< Its path inside the archive.
  std::uint64_t offset = 0;  ///< Wanted are the member's bytes from here on…
  std::uint64_t length = 0;  ///< …this many; 0 = up to the end.
  std::uint64_t most_bytes = 0;  ///< Refuses to take more.
};

/// Replaces what is in `into` by that member's bytes. Nothing else of the archive is written
/// anywhere, whatever names it holds.
///
/// @error kUnsupported  Built without libarchive. @error kUnavailable  It is not on this machine.
/// @error kNotFound     The archive has no such member; names one of the same file name, if any.
/// @error kDataLoss     Not an archive, damaged, or the member is shorter than `length`.
/// @error kResourceExhausted  More than `most_bytes`, or the disk is full.
/// @error kInterrupted  `stop` asked.
Result<void> ExtractMember(const std::string& archive, const MemberRequest& request,
                           PartFile& into, std::stop_token stop = {});

}  // namespace retinue::cli
