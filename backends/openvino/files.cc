#include "backends/openvino/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

namespace retinue::openvino {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kKept = 16;
constexpr std::size_t kAlignment = 64;

// The first bytes of a cache file. The checksum covers header and payload.
struct Preamble {
  std::array<char, 8> magic{'R', 'E', 'T', 'I', 'N', 'U', 'E', '1'};
  std::uint64_t header_bytes = 0;
  std::uint64_t payload_offset = 0;
  std::uint64_t payload_bytes = 0;
  ContentHash checksum;
};
static_assert(sizeof(Preamble) == 48);

ErrorCode CodeOf(int error) {
  switch (error) {
    case ENOENT: case ENOTDIR: return ErrorCode::kNotFound;
    case EACCES: case EPERM: return ErrorCode::kPermissionDenied;
    case ENOMEM: case EMFILE: case ENFILE: return ErrorCode::kResourceExhausted;
    default: return ErrorCode::kDataLoss;
  }
}

tl::unexpected<Error> FailErrno(int error) {
  return Fail(CodeOf(error), std::generic_category().message(error));
}

ContentHash ChecksumOf(std::string_view header, std::span<const std::byte> payload) {
  return HashOf(payload, HashOf(std::as_bytes(std::span(header))));
}

// Payloads are tens of MB: they go to the file as they come, and the checksum
// is made from there, so that no copy in memory adds to the peak.
bool WriteContainer(const std::string& path, std::string_view header,
                    const std::function<void(std::ostream&)>& write_payload) {
  Preamble preamble;
  preamble.header_bytes = header.size();
  preamble.payload_offset =
      (sizeof preamble + header.size() + kAlignment - 1) / kAlignment * kAlignment;
  std::string start(static_cast<std::size_t>(preamble.payload_offset), '\0');
  std::memcpy(start.data() + sizeof preamble, header.data(), header.size());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(start.data(), static_cast<std::streamsize>(start.size()));
  if (write_payload) write_payload(out);
  if (!out.flush()) return false;

  const auto written = MappedFile::Open(path);
  if (!written || (*written)->bytes().size() < start.size()) return false;
  const auto payload = (*written)->bytes().subspan(start.size());
  preamble.payload_bytes = payload.size();
  preamble.checksum = ChecksumOf(header, payload);
  out.seekp(0);
  out.write(reinterpret_cast<const char*>(&preamble), sizeof preamble);
  out.close();
  return !out.fail();
}

std::optional<CacheEntry> Parse(std::unique_ptr<MappedFile> file) {
  const std::span<const std::byte> bytes = file->bytes();
  Preamble found;
  if (bytes.size() < sizeof found) return std::nullopt;
  std::memcpy(&found, bytes.data(), sizeof found);
  if (found.magic != Preamble{}.magic || found.header_bytes > bytes.size() - sizeof found ||
      found.payload_offset > bytes.size() || found.payload_offset % kAlignment != 0 ||
      found.payload_bytes != bytes.size() - found.payload_offset) {
    return std::nullopt;
  }
  CacheEntry entry;
  entry.header = {reinterpret_cast<const char*>(bytes.data()) + sizeof found,
                  static_cast<std::size_t>(found.header_bytes)};
  entry.payload = bytes.subspan(static_cast<std::size_t>(found.payload_offset));
  if (ChecksumOf(entry.header, entry.payload) != found.checksum) return std::nullopt;
  entry.file = std::move(file);
  return entry;
}

}  // namespace

Result<std::unique_ptr<MappedFile>> MappedFile::Open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return FailErrno(errno);
  struct stat about {};
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    ::close(file);
    return Fail(ErrorCode::kInvalidArgument,
                S_ISDIR(about.st_mode) ? "expected a file, found a folder" : "expected a file");
  }
  const auto size = static_cast<std::size_t>(about.st_size);
  void* data = nullptr;
  if (size > 0) data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  const int error = errno;
  ::close(file);
  if (data == MAP_FAILED) return FailErrno(error);
  return std::unique_ptr<MappedFile>(new MappedFile(static_cast<const std::byte*>(data), size));
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::Forget() const {
  if (data_ != nullptr) ::madvise(const_cast<std::byte*>(data_), size_, MADV_DONTNEED);
}

std::string Cache::PathOf(const ContentHash& key, std::string_view kind) const {
  return (fs::path(folder_) / ("openvino-" + ToString(key) + "." + std::string(kind))).string();
}

std::optional<CacheEntry> Cache::Find(const ContentHash& key, std::string_view kind) const {
  if (!enabled()) return std::nullopt;
  const std::string path = PathOf(key, kind);
  auto file = MappedFile::Open(path);
  if (!file) return std::nullopt;
  auto entry = Parse(*std::move(file));
  if (!entry) {
    Remove(key, kind);
    return std::nullopt;
  }
  // Marks it as used, for Prune().
  ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
  return entry;
}

void Cache::Store(const ContentHash& key, std::string_view kind, std::string_view header,
                  const std::function<void(std::ostream&)>& write_payload) const {
  if (!enabled()) return;
  std::error_code error;
  fs::create_directories(folder_, error);
  const std::string path = PathOf(key, kind);
  std::string temporary = path + ".XXXXXX";
  const int file = ::mkstemp(temporary.data());
  if (file < 0) return;
  ::close(file);
  bool whole = false;
  try {
    whole = WriteContainer(temporary, header, write_payload);
  } catch (const std::exception&) {
    // A network that cannot be exported is compiled at every start.
  }
  if (!whole || ::rename(temporary.c_str(), path.c_str()) != 0) {
    ::unlink(temporary.c_str());
    return;
  }
  Prune(kind);
}

void Cache::Remove(const ContentHash& key, std::string_view kind) const {
  ::unlink(PathOf(key, kind).c_str());
}

void Cache::Prune(std::string_view kind) const {
  std::vector<std::pair<fs::file_time_type, fs::path>> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with("openvino-") || !name.ends_with("." + std::string(kind))) continue;
    std::error_code gone;
    const auto time = fs::last_write_time(it->path(), gone);
    if (!gone) entries.emplace_back(time, it->path());
  }
  if (entries.size() <= kKept) return;
  std::sort(entries.begin(), entries.end());
  entries.resize(entries.size() - kKept);
  for (const auto& [time, path] : entries) fs::remove(path, error);
}

}  // namespace retinue::openvino
