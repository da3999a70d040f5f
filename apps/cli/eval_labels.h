#pragma once

// The labels of `eval detect`: a folder of YOLO text or a COCO JSON file, which picture each
// belongs to, and which class of the model each of their classes is.
// Thread rule: plain values.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/failure.h"
#include "apps/cli/source_list.h"
#include "retinue/eval/labels.h"
#include "retinue/model/task.h"

namespace retinue::cli {

/// Which classes of labels and model are the same.
struct ClassMap {
  std::vector<EvalCategory> categories;   ///< That both have; these are evaluated.
  /// Category of each class of the model; nothing when the labels have no such class.
  std::vector<std::optional<std::int64_t>> of_class;
  std::vector<std::string> notes;         ///< What the user should know, a sentence each.
};

/// By name: upper and lower case, spaces, dashes and underscores are alike, and so are COCO's names
/// and Darknet's. Labels of as many classes as the model has, where every name that is the
/// same stands in the same place (or none is the same), go by their order.
///
/// @error kExitUsage  None of the names is the same; names some of both.
Outcome<ClassMap> MatchClasses(std::span<const std::string> model,
                               std::span<const EvalCategory> labels);

/// What the labels are to be read for.
struct LabelUse {
  Task task = Task::kDetect;
  int keypoints = 0;                           ///< Of the model.
  std::span<const std::string> model_names{};
  /// What the class numbers of YOLO labels mean: "coco", "coco91" (COCO's own numbers), a file of
  /// names; empty: what the model's mean.
  std::string label_names{};
};

/// All labels of a run.
class LabelSet {
 public:
  /// Reads and checks all labels, so that a bad one is told before the model runs.
  ///
  /// @param path      A folder, or a file of COCO JSON.
  /// @param pictures  Those that have no place in COCO JSON are taken out, with a note.
  /// @error kExitSource  Not there, not readable, or not such labels: `labels/a.txt: line 3: …`;
  ///                     no picture has labels.
  /// @error kExitUsage   The classes do not fit the model.
  static Outcome<LabelSet> Read(const std::string& path, const LabelUse& use,
                                std::vector<SourceEntry>& pictures);

  const ClassMap& classes() const { return classes_; }
  bool has_masks() const { return has_masks_; }
  bool has_keypoints() const { return has_keypoints_; }
  /// Pictures without a label file: taken for background.
  int without_file() const { return without_file_; }
  /// What the user should know, a sentence each.
  const std::vector<std::string>& notes() const { return notes_; }

  /// The number of a picture in results: COCO's, or that in its file name, or its place.
  std::int64_t Image(std::size_t picture) const { return images_[picture]; }

  /// What is labelled in a picture that turned out to be of `size`.
  /// @error kDataLoss  The labels say another size.
  Result<std::vector<EvalObject>> Objects(std::size_t picture, Size size) const;

 private:
  Outcome<void> ReadFolder(const std::string& path, const LabelUse& use,
                           std::span<const SourceEntry> pictures);
  Outcome<void> ReadCoco(const std::string& path, const LabelUse& use,
                         std::vector<SourceEntry>& pictures);
  Outcome<void> ChooseClasses(const LabelUse& use);
  Outcome<void> CheckTexts(const LabelUse& use);
  /// YOLO labels of a picture.
  struct TextFile {
    std::string path;
    std::string text;
  };
  Outcome<void> CheckClasses(const TextFile& file, const LabelUse& use,
                             std::span<const EvalObject> objects) const;

  ClassMap classes_;
  std::vector<std::int64_t> known_;      ///< Class numbers that YOLO labels may have.
  YoloLabelOptions yolo_;
  LabelledImages coco_;
  bool is_coco_ = false;
  bool has_masks_ = false;
  bool has_keypoints_ = false;
  int without_file_ = 0;
  std::vector<std::int64_t> images_;     ///< By picture, as the next two.
  std::vector<TextFile> texts_;
  std::vector<std::size_t> places_;      ///< In coco_.images.
  std::vector<std::string> notes_;
};

/// The text of a file of labels or results.
/// @error kExitSource  Not there, not readable, or over 256 MiB.
Outcome<std::string> ReadLabelFile(const std::string& path);

}  // namespace retinue::cli
