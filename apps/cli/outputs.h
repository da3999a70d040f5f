#pragma once

// From the options to the sinks of each stream: which files there will be,
// whether they may be written, and who shares them. Everything that can be
// refused is refused here, before any work.
//
// Threads: made, asked for sinks and closed on the main thread; the sinks each
// on their stream's thread.

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "apps/cli/failure.h"
#include "apps/cli/options.h"
#include "apps/cli/source_list.h"
#include "retinue/io/result_output.h"
#include "retinue/io/stream.h"

namespace retinue::cli {

/// The sinks of one stream.
struct StreamOutputs {
  std::vector<std::unique_ptr<Sink>> sinks;
  /// What they have to say once finished, e.g. that the audio could not be kept.
  std::function<std::vector<std::string>()> notes;
};

class Outputs {
 public:
  /// Chooses names and checks that they may be written. Makes nothing yet.
  ///
  /// @param verb      Whether objects will have ids, and what is written when nothing is said.
  /// @param stop      Ends a window that holds a still picture.
  /// @param on_quit   Called when the user closes a window.
  /// @error kExitUsage   An output exists, its folder does not, one file for several streams,
  ///                     or a live stream without any output.
  /// @error kExitFailed  It may not be written.
  static Outcome<std::unique_ptr<Outputs>> Create(const Options& options, Verb verb,
                                                  const std::vector<SourceEntry>& sources,
                                                  std::stop_token stop,
                                                  std::function<void()> on_quit);

  /// Opens what all streams share; from here on there are files to close.
  Outcome<void> Open();

  /// The sinks of source `index`, after Open(); call once for each, in order.
  Outcome<StreamOutputs> SinksFor(std::size_t index);

  /// What will be written, for `--dry-run`.
  std::vector<std::string> Plan() const;

  /// Completes what streams shared. After it files() holds what is really there.
  Outcome<void> Close();

  /// Written files and folders, in the order of the options.
  const std::vector<std::string>& files() const { return files_; }

 private:
  Outputs(const Options& options, Verb verb, const std::vector<SourceEntry>& sources,
          std::stop_token stop, std::function<void()> on_quit);

  /// A text output that all streams share.
  struct Text {
    std::string path;
    std::unique_ptr<ResultFormat> format;
  };
  Outcome<void> ChooseNames();
  Outcome<void> ChoosePictureNames();
  Outcome<void> CheckShared() const;
  std::vector<Text> Texts() const;
  std::string PicturePath(std::size_t index) const;

  Options options_;
  Verb verb_;
  std::vector<SourceEntry> sources_;
  std::stop_token stop_;
  std::function<void()> on_quit_;
  std::function<Result<std::unique_ptr<Sink>>()> make_crops_sink_;  // empty: none wanted
  bool default_names_ = false;  // chosen by retinue, which may replace them
  bool save_is_folder_ = false;
  std::vector<std::string> picture_paths_;              // per source; empty = none
  std::vector<std::unique_ptr<ResultOutput>> shared_;   // in the order of their names
  std::vector<std::string> files_;
};

}  // namespace retinue::cli
