#pragma once

// Files as the OpenVINO backend needs them: mapped for reading, and a cache of
// compiled networks. Errors are Results; whatever goes wrong with the
// cache is "not there". Any thread; two processes may share a folder.

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "retinue/base/result.h"
#include "retinue/infer/model_file.h"

namespace retinue::openvino {

/// A file's bytes, mapped read-only as long as this lives.
class MappedFile {
 public:
  /// @error kNotFound, kPermissionDenied, kInvalidArgument (a folder), kDataLoss (cannot be read).
  static Result<std::unique_ptr<MappedFile>> Open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  /// Gives the pages read so far back to the system; they come again from the file when touched.
  void Forget() const;

 private:
  MappedFile(const std::byte* data, std::size_t size) : data_(data), size_(size) {}
  const std::byte* data_;
  std::size_t size_;
};

/// What one cache file holds.
struct CacheEntry {
  std::unique_ptr<MappedFile> file;
  std::string_view header;             ///< What Store() was given; lies in `file`.
  std::span<const std::byte> payload;  ///< Likewise; aligned to 64 bytes.
};

/// One folder of cache files `openvino-<key>.<kind>`.
class Cache {
 public:
  /// `folder` may be empty: then nothing is found and nothing stored.
  explicit Cache(std::string folder) : folder_(std::move(folder)) {}

  bool enabled() const { return !folder_.empty(); }
  /// Nothing when absent; a file that fails its checksum is removed.
  std::optional<CacheEntry> Find(const ContentHash& key, std::string_view kind) const;
  /// Whole or not at all (written beside, then renamed). Keeps the 16 last used of `kind`.
  /// `write_payload` may throw and may be empty.
  void Store(const ContentHash& key, std::string_view kind, std::string_view header,
             const std::function<void(std::ostream&)>& write_payload) const;
  /// For an entry that OpenVINO refused.
  void Remove(const ContentHash& key, std::string_view kind) const;

 private:
  std::string PathOf(const ContentHash& key, std::string_view kind) const;
  void Prune(std::string_view kind) const;
  std::string folder_;
};

}  // namespace retinue::openvino
