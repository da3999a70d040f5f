#include "apps/cli/download.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#ifdef RETINUE_WITH_CURL
#include <curl/curl.h>
#endif

#include <fmt/format.h>

#include "apps/cli/opened_library.h"

namespace retinue::cli {

#ifdef RETINUE_WITH_CURL
namespace {

constexpr int kTries = 5;

/// The functions of libcurl that are used.
struct Curl {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) init = nullptr;
  decltype(&::curl_easy_cleanup) cleanup = nullptr;
  decltype(&::curl_easy_setopt) setopt = nullptr;
  decltype(&::curl_easy_perform) perform = nullptr;
  decltype(&::curl_easy_getinfo) getinfo = nullptr;
  decltype(&::curl_easy_strerror) strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;

  static Result<Curl> Open() {
    RETINUE_ASSIGN_OR_RETURN(OpenedLibrary library,
                             OpenedLibrary::Open({"libcurl.so.4", "libcurl-gnutls.so.4"},
                                                 "downloads need it (Debian: libcurl4)"));
    Curl curl;
    library.Find(curl.global_init, "curl_global_init");
    library.Find(curl.init, "curl_easy_init");
    library.Find(curl.cleanup, "curl_easy_cleanup");
    library.Find(curl.setopt, "curl_easy_setopt");
    library.Find(curl.perform, "curl_easy_perform");
    library.Find(curl.getinfo, "curl_easy_getinfo");
    library.Find(curl.strerror, "curl_easy_strerror");
    library.Find(curl.slist_append, "curl_slist_append");
    library.Find(curl.slist_free_all, "curl_slist_free_all");
    RETINUE_RETURN_IF_ERROR(library.Check());
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
      return Fail(ErrorCode::kUnavailable, "libcurl could not be initialised");
    }
    return curl;
  }
};

std::optional<std::uint64_t> ReadNumber(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr == text.data()) return std::nullopt;
  return value;
}

std::string_view Trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

/// What the last answer's header says.
struct Header {
  std::string etag;
  std::optional<std::uint64_t> length;       // Of the body.
  std::optional<std::uint64_t> range_begin;  // Of Content-Range.

  void Take(std::string_view line) {
    if (line.starts_with("HTTP/")) *this = {};  // After a redirection.
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trimmed(line.substr(colon + 1));
    if (EqualsIgnoringCase(name, "etag")) etag = value;
    if (EqualsIgnoringCase(name, "content-length")) length = ReadNumber(value);
    if (EqualsIgnoringCase(name, "content-range") && value.starts_with("bytes ")) {
      range_begin = ReadNumber(value.substr(6));
    }
  }
};

/// One connection's worth of a download.
class Transfer {
 public:
  Transfer(const Curl& curl, const DownloadRequest& request, PartFile& part,
           const TransferProgress& progress, const std::stop_token& stop)
      : curl_(curl), request_(request), part_(part), progress_(progress), stop_(stop) {}

  Result<void> Run();
  /// Whether another try may help.
  bool broken() const { return broken_; }

 private:
  // Beginning of the origin's text; the ETag follows.
  std::string OriginStart() const {
    return fmt::format("{} {}+{} ", request_.url, request_.offset, request_.length);
  }
  bool IsHttp() const { return !request_.url.starts_with("file:"); }
  Result<void> SetUp(CURL* handle, curl_slist* headers);
  std::string Range() const;
  Result<void> BeginBody();
  Result<void> TakeBody(std::span<const std::byte> bytes);
  Result<void> Conclude(CURLcode code);
  std::uint64_t Total() const;

  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* self) {
    static_cast<Transfer*>(self)->header_.Take({data, size * count});
    return size * count;
  }
  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self);
  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

  const Curl& curl_;
  const DownloadRequest& request_;
  PartFile& part_;
  const TransferProgress& progress_;
  const std::stop_token& stop_;
  CURL* handle_ = nullptr;
  Header header_;
  bool in_body_ = false;
  bool complete_ = false;  // All that was wanted is there, whatever else comes.
  bool broken_ = false;
  std::uint64_t skip_ = 0;  // Of what comes, not wanted.
  std::optional<Error> failure_;
  std::array<char, CURL_ERROR_SIZE> message_{};
};

std::string Transfer::Range() const {
  const std::uint64_t begin = request_.offset + part_.size();
  if (begin == 0 && request_.length == 0) return {};
  if (request_.length == 0) return fmt::format("{}-", begin);
  return fmt::format("{}-{}", begin, request_.offset + request_.length - 1);
}

Result<void> Transfer::SetUp(CURL* handle, curl_slist* headers) {
  bool good = true;
  const auto set = [&](CURLoption option, auto value) {
    good = good && curl_.setopt(handle, option, value) == CURLE_OK;
  };
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https,file");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, 10L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, 20L);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, 30L);
  set(CURLOPT_USERAGENT, "retinue");
  set(CURLOPT_ERRORBUFFER, message_.data());
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &Transfer::OnProgress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
  const std::string range = Range();
  if (!range.empty()) set(CURLOPT_RANGE, range.c_str());
  if (good) return {};
  return Fail(ErrorCode::kUnavailable, "libcurl is too old: it does not take an option");
}

std::uint64_t Transfer::Total() const {
  if (request_.length > 0) return request_.length;
  return header_.length && in_body_ ? *header_.length - std::min(*header_.length, skip_) : 0;
}

// The header is known: does this body go on with what is here, or is it all of it again?
Result<void> Transfer::BeginBody() {
  in_body_ = true;
  long status = 0;
  curl_.getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  const std::uint64_t wanted = request_.offset + part_.size();
  if (IsHttp() && status != 206) {
    skip_ = request_.offset;
    if (part_.size() > 0) RETINUE_RETURN_IF_ERROR(part_.Restart());
  } else if (IsHttp() && header_.range_begin.value_or(wanted) != wanted) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("{}: asked for bytes from {} on, got them from {}", request_.url,
                            wanted, *header_.range_begin));
  }
  if (header_.length) header_.length = *header_.length + part_.size();
  // A weak ETag does not promise the same bytes.
  part_.SetOrigin(OriginStart() + (header_.etag.starts_with("W/") ? "" : header_.etag));
  return {};
}

Result<void> Transfer::TakeBody(std::span<const std::byte> bytes) {
  if (!in_body_) RETINUE_RETURN_IF_ERROR(BeginBody());
  const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
  skip_ -= skipped;
  bytes = bytes.subspan(skipped);
  if (request_.length > 0) {
    const std::uint64_t left = request_.length - std::min(request_.length, part_.size());
    bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size())));
  }
  if (part_.size() + bytes.size() > request_.most_bytes) {
    return Fail(
        ErrorCode::kResourceExhausted,
        fmt::format("{}: expected at most {} bytes, got more", request_.url, request_.most_bytes));
  }
  RETINUE_RETURN_IF_ERROR(part_.Append(bytes));
  complete_ = request_.length > 0 && part_.size() >= request_.length;
  return {};
}

std::size_t Transfer::OnBody(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::span bytes(data, size * count);
  if (auto taken = transfer.TakeBody(std::as_bytes(bytes)); !taken) {
    transfer.failure_ = taken.error();
    return 0;
  }
  return bytes.size();
}

int Transfer::OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.progress_) transfer.progress_(transfer.part_.size(), transfer.Total());
  return transfer.stop_.stop_requested() || transfer.complete_ ? 1 : 0;
}

Result<void> Transfer::Run() {
  if (!part_.origin().starts_with(OriginStart()) && part_.size() > 0) {
    RETINUE_RETURN_IF_ERROR(part_.Restart());
  }
  const std::unique_ptr<CURL, decltype(curl_.cleanup)> handle(curl_.init(), curl_.cleanup);
  if (handle == nullptr) return Fail(ErrorCode::kResourceExhausted, "libcurl gave no handle");
  handle_ = handle.get();
  curl_slist* list = nullptr;
  const std::string etag =
      part_.origin().substr(std::min(part_.origin().size(), OriginStart().size()));
  if (part_.size() > 0 && !etag.empty()) {
    list = curl_.slist_append(nullptr, ("If-Range: " + etag).c_str());
  }
  const std::unique_ptr<curl_slist, decltype(curl_.slist_free_all)> headers(list,
                                                                            curl_.slist_free_all);
  RETINUE_RETURN_IF_ERROR(SetUp(handle.get(), list));
  return Conclude(curl_.perform(handle.get()));
}

Result<void> Transfer::Conclude(CURLcode code) {
  if (failure_) return Fail(*failure_);
  if (code == CURLE_OK || complete_) return {};
  if (stop_.stop_requested()) return Fail(ErrorCode::kInterrupted, "interrupted");
  long status = 0;
  curl_.getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_HTTP_RETURNED_ERROR) {
    // Nothing behind what is here: whoever checks the hash says whether that is all of it.
    if (status == 416 && part_.size() > 0) return {};
    return Fail(status < 500 ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
                fmt::format("{}: the server answered {}", request_.url, status));
  }
  if (code == CURLE_FILE_COULDNT_READ_FILE) {
    return Fail(ErrorCode::kNotFound, fmt::format("{}: no such file", request_.url));
  }
  broken_ = code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
            code == CURLE_SEND_ERROR || code == CURLE_HTTP2_STREAM;
  const std::string why = message_[0] != '\0' ? message_.data() : curl_.strerror(code);
  return Fail(ErrorCode::kUnavailable, fmt::format("{}: {}", request_.url, why));
}

}  // namespace

Result<void> Download(const DownloadRequest& request, PartFile& part,
                      const TransferProgress& progress, std::stop_token stop) {
  RETINUE_ASSIGN_OR_RETURN(const Curl curl, Curl::Open());
  for (int attempt = 1;; ++attempt) {
    const std::uint64_t before = part.size();
    Transfer transfer(curl, request, part, progress, stop);
    auto done = transfer.Run();
    const bool brought_bytes = part.size() > before;
    if (done || !transfer.broken() || !brought_bytes || attempt == kTries) return done;
  }
}

#else

Result<void> Download(const DownloadRequest&, PartFile&, const TransferProgress&, std::stop_token) {
  return Fail(ErrorCode::kUnsupported,
              "this program was built without libcurl, which downloads need (Debian: "
              "libcurl4-openssl-dev, then build again)");
}

#endif

}  // namespace retinue::cli
