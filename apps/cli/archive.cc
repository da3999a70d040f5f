#include "apps/cli/archive.h"

#include <algorithm>
#include <memory>
#include <string_view>

#ifdef RETINUE_WITH_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

#include <fmt/format.h>

#include "apps/cli/opened_library.h"

namespace retinue::cli {

#ifdef RETINUE_WITH_ARCHIVE
namespace {

/// The functions of libarchive that are used.
struct Archive {
  decltype(&::archive_read_new) read_new = nullptr;
  decltype(&::archive_read_free) read_free = nullptr;
  decltype(&::archive_read_support_filter_gzip) support_gzip = nullptr;
  decltype(&::archive_read_support_format_tar) support_tar = nullptr;
  decltype(&::archive_read_support_format_zip) support_zip = nullptr;
  decltype(&::archive_read_open_filename) open_filename = nullptr;
  decltype(&::archive_read_next_header) next_header = nullptr;
  decltype(&::archive_read_data) read_data = nullptr;
  decltype(&::archive_error_string) error_string = nullptr;
  decltype(&::archive_entry_pathname) pathname = nullptr;

  static Result<Archive> Open() {
    RETINUE_ASSIGN_OR_RETURN(
        OpenedLibrary library,
        OpenedLibrary::Open({"libarchive.so.13"}, "packages need it (Debian: libarchive13)"));
    Archive found;
    library.Find(found.read_new, "archive_read_new");
    library.Find(found.read_free, "archive_read_free");
    library.Find(found.support_gzip, "archive_read_support_filter_gzip");
    library.Find(found.support_tar, "archive_read_support_format_tar");
    library.Find(found.support_zip, "archive_read_support_format_zip");
    library.Find(found.open_filename, "archive_read_open_filename");
    library.Find(found.next_header, "archive_read_next_header");
    library.Find(found.read_data, "archive_read_data");
    library.Find(found.error_string, "archive_error_string");
    library.Find(found.pathname, "archive_entry_pathname");
    RETINUE_RETURN_IF_ERROR(library.Check());
    return found;
  }
};

std::string_view FileName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

class Reader {
 public:
  static Result<Reader> Open(const std::string& path) {
    RETINUE_ASSIGN_OR_RETURN(const Archive library, Archive::Open());
    Reader reader(library, path);
    struct archive* const archive = reader.archive_.get();
    library.support_gzip(archive);
    library.support_tar(archive);
    library.support_zip(archive);
    if (library.open_filename(archive, path.c_str(), 1 << 16) != ARCHIVE_OK)
      return reader.Damaged();
    return reader;
  }

  // Goes to the member.
  Result<void> Find(const std::string& member) {
    std::string near;
    for (;;) {
      archive_entry* entry = nullptr;
      const int status = library_.next_header(archive_.get(), &entry);
      if (status == ARCHIVE_EOF) {
        return Fail(ErrorCode::kNotFound, fmt::format("the package has no member {}{}", member,
                                                      near.empty() ? "" : "; it has " + near));
      }
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return Damaged();
      const char* name = library_.pathname(entry);
      std::string_view path = name != nullptr ? name : "";
      if (path.starts_with("./")) path.remove_prefix(2);
      if (path == member) return {};
      if (near.empty() && FileName(path) == FileName(member)) near = path.substr(0, 200);
    }
  }

  /// 0 at the member's end.
  Result<std::size_t> Read(std::span<std::byte> into) {
    const auto count = library_.read_data(archive_.get(), into.data(), into.size());
    if (count < 0) return Damaged();
    return static_cast<std::size_t>(count);
  }

 private:
  Reader(const Archive& library, std::string path)
      : library_(library),
        path_(std::move(path)),
        archive_(library.read_new(), library.read_free) {}

  tl::unexpected<Error> Damaged() const {
    const char* why = library_.error_string(archive_.get());
    return Fail(ErrorCode::kDataLoss, fmt::format("{}: expected an archive, {}", FileName(path_),
                                                  why != nullptr ? why : "found other bytes"));
  }

  Archive library_;
  std::string path_;
  std::unique_ptr<struct archive, decltype(&::archive_read_free)> archive_;
};

}  // namespace

Result<void> ExtractMember(const std::string& archive, const MemberRequest& request, PartFile& into,
                           std::stop_token stop) {
  RETINUE_RETURN_IF_ERROR(into.Restart());
  RETINUE_ASSIGN_OR_RETURN(Reader reader, Reader::Open(archive));
  RETINUE_RETURN_IF_ERROR(reader.Find(request.member));
  std::vector<std::byte> buffer(std::size_t{1} << 18);
  std::uint64_t skip = request.offset;
  while (request.length == 0 || into.size() < request.length) {
    if (stop.stop_requested()) return Fail(ErrorCode::kInterrupted, "interrupted");
    RETINUE_ASSIGN_OR_RETURN(const std::size_t count, reader.Read(buffer));
    if (count == 0) break;
    std::span<const std::byte> bytes = std::span(buffer).first(count);
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip, count));
    skip -= skipped;
    bytes = bytes.subspan(skipped);
    if (request.length > 0) {
      const std::uint64_t left = request.length - into.size();
      bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size())));
    }
    if (into.size() + bytes.size() > request.most_bytes) {
      return Fail(ErrorCode::kResourceExhausted,
                  fmt::format("{} of the package: expected at most {} bytes, got more",
                              request.member, request.most_bytes));
    }
    RETINUE_RETURN_IF_ERROR(into.Append(bytes));
  }
  if (into.size() >= request.length && skip == 0) return {};
  return Fail(ErrorCode::kDataLoss,
              fmt::format("{} of the package: expected {} bytes, got {}", request.member,
                          request.offset + request.length, request.offset - skip + into.size()));
}

#else

Result<void> ExtractMember(const std::string&, const MemberRequest&, PartFile&, std::stop_token) {
  return Fail(ErrorCode::kUnsupported,
              "this program was built without libarchive, which models inside packages need "
              "(Debian: libarchive-dev, then build again)");
}

#endif

}  // namespace retinue::cli
