#pragma once

// Downloads by libcurl, which is opened when the first one begins.
// Thread rule: one download at a time.

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "apps/cli/part_file.h"
#include "retinue/base/result.h"

namespace retinue::cli {

/// More than any model that runs on one machine has.
inline constexpr std::uint64_t kMostModelBytes = std::uint64_t{8} << 30;

struct DownloadRequest {
  std::string url;                             ///< http://, https:// or file:///
  std::uint64_t offset = 0;                    ///< Wanted are the bytes from here on…
  std::uint64_t length = 0;                    ///< …this many; 0 = up to the end.
  std::uint64_t most_bytes = kMostModelBytes;  ///< Refuses to take more.
};

/// Bytes so far and in all; the latter is 0 while it is not known.
using TransferProgress = std::function<void(std::uint64_t, std::uint64_t)>;

/// Downloads into `part`, going on where an earlier run for the same address stopped.
///
/// The server is asked for the missing bytes only (Range), provided that the thing is still the
/// same (If-Range with its ETag); one that cannot do so sends all of it, and all is taken anew.
/// A connection that breaks is made again while it brings bytes, at most five times. Redirections
/// are followed to http and https only. Certificates are checked; proxies are those of the
/// environment.
///
/// @param progress  Called on this thread, several times a second; may be empty.
/// @error kUnsupported   Built without libcurl. @error kUnavailable  libcurl, the network or the
///        server is not there, or sends nothing for 30 s; what came is kept.
/// @error kNotFound      The server says that there is no such thing (4xx).
/// @error kDataLoss      It sent other bytes than were asked for.
/// @error kResourceExhausted  More than `most_bytes`, or the disk is full.
/// @error kInterrupted   `stop` asked; what came is kept.
Result<void> Download(const DownloadRequest& request, PartFile& part,
                      const TransferProgress& progress = {}, std::stop_token stop = {});

}  // namespace retinue::cli
