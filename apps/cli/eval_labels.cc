#include "apps/cli/eval_labels.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "retinue/files/files.h"
#include "retinue/model/class_names.h"
#include "retinue/results/coco_classes.h"
#include "retinue/results/mask.h"

namespace retinue::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = LabelLimits{}.max_bytes;
constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20;  // of one picture

// "Traffic_Light", "traffic light" and what Darknet calls it are one class.
std::string Plain(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const int lower = std::tolower(static_cast<unsigned char>(c));
    plain += c == '_' || c == '-' ? ' ' : static_cast<char>(lower);
  }
  for (const CocoClass& coco : CocoClasses()) {
    if (plain == coco.darknet_name) return std::string(coco.name);
  }
  return plain;
}

// "'cat', 'dog' and 12 more"
std::string Some(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 6;
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    list += fmt::format("{}'{}'", i == 0 ? "" : ", ", names[i]);
  }
  if (names.size() > kShown) list += fmt::format(" and {} more", names.size() - kShown);
  return list;
}

std::vector<std::string> NamesOf(std::span<const EvalCategory> categories) {
  std::vector<std::string> names;
  for (const EvalCategory& category : categories) names.push_back(category.name);
  return names;
}

ClassMap ByOrder(std::span<const EvalCategory> labels) {
  ClassMap map;
  map.categories.assign(labels.begin(), labels.end());
  for (const EvalCategory& category : labels) map.of_class.emplace_back(category.id);
  return map;
}

std::optional<std::int64_t> NumberIn(const std::string& stem) {
  std::int64_t number = 0;
  const char* const end = stem.data() + stem.size();
  const auto read = std::from_chars(stem.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < 0) return std::nullopt;
  return number;
}

std::string StemOf(const SourceEntry& picture) { return fs::path(picture.name).stem().string(); }

// COCO's names as the class numbers of label files: 0 … 79, or 1 … 90 with gaps.
std::vector<EvalCategory> CocoCategories(bool own_numbers) {
  std::vector<EvalCategory> categories;
  for (const CocoClass& coco : CocoClasses()) {
    const auto place = static_cast<std::int64_t>(categories.size());
    categories.push_back({own_numbers ? coco.category_id : place, std::string(coco.name)});
  }
  return categories;
}

Outcome<std::vector<EvalCategory>> LabelCategories(const std::string& label_names) {
  if (label_names == "coco" || label_names == "coco91") {
    return CocoCategories(label_names == "coco91");
  }
  const auto text = ReadWholeFile(label_names, kMaxNamesBytes);
  if (!text) {
    return Exit(kExitUsage, fmt::format("label_names must be coco, coco91 or a file of names: {}",
                                        text.error().message));
  }
  const auto names = ParseNames(*text);
  if (!names) return Exit(kExitUsage, fmt::format("{}: {}", label_names, names.error().message));
  std::vector<EvalCategory> categories;
  for (const std::string& name : *names) {
    categories.push_back({static_cast<std::int64_t>(categories.size()), name});
  }
  return categories;
}

// Which of the labelled pictures a file is: by the end of its path, or else the number in its name.
class PictureFinder {
 public:
  explicit PictureFinder(std::span<const LabelledImage> images) : images_(images) {
    for (std::size_t i = 0; i < images.size(); ++i) {
      by_name_.emplace(fs::path(images[i].file_name).filename().string(), i);
      by_id_.emplace(images[i].id, i);
    }
  }
  std::optional<std::size_t> Find(const std::string& path) const {
    const auto [begin, end] = by_name_.equal_range(fs::path(path).filename().string());
    for (auto it = begin; it != end; ++it) {
      if (std::next(begin) == end || path.ends_with("/" + images_[it->second].file_name)) {
        return it->second;
      }
    }
    if (begin != end) return std::nullopt;
    const auto number = NumberIn(fs::path(path).stem().string());
    const auto found = number ? by_id_.find(*number) : by_id_.end();
    // A picture that is listed under another name is another picture.
    if (found == by_id_.end() || !images_[found->second].file_name.empty()) return std::nullopt;
    return found->second;
  }

 private:
  std::span<const LabelledImage> images_;
  std::multimap<std::string, std::size_t> by_name_;
  std::map<std::int64_t, std::size_t> by_id_;
};

}  // namespace

Outcome<ClassMap> MatchClasses(std::span<const std::string> model,
                               std::span<const EvalCategory> labels) {
  std::map<std::string, std::size_t> place_of;
  for (std::size_t i = 0; i < labels.size(); ++i) place_of.emplace(Plain(labels[i].name), i);
  ClassMap map;
  std::set<std::size_t> shared;
  bool in_place = model.size() == labels.size();
  for (std::size_t i = 0; i < model.size(); ++i) {
    const auto found = place_of.find(Plain(model[i]));
    if (found == place_of.end()) {
      map.of_class.emplace_back();
      continue;
    }
    map.of_class.emplace_back(labels[found->second].id);
    shared.insert(found->second);
    in_place = in_place && found->second == i;
  }
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (shared.contains(i)) map.categories.push_back(labels[i]);
    else missing.push_back(labels[i].name);
  }
  if (missing.empty()) return map;
  if (in_place) {
    map = ByOrder(labels);
    map.notes.push_back(fmt::format(
        "the model does not name {}; classes of labels and model are matched by their order",
        Some(missing)));
  } else if (shared.empty()) {
    return Exit(kExitUsage,
                fmt::format("no class has the same name in labels and model: {} there, {} here",
                            Some(NamesOf(labels)), Some({model.begin(), model.end()})));
  } else {
    map.notes.push_back(fmt::format("{} of {} labelled classes are unknown to the model and left "
                                    "out: {}",
                                    missing.size(), labels.size(), Some(missing)));
  }
  return map;
}

Outcome<std::string> ReadLabelFile(const std::string& path) {
  auto text = ReadWholeFile(path, kMaxBytes);
  if (!text) return Exit(kExitSource, text.error());
  return *std::move(text);
}

Outcome<LabelSet> LabelSet::Read(const std::string& path, const LabelUse& use,
                                 std::vector<SourceEntry>& pictures) {
  LabelSet set;
  std::error_code ignored;
  auto read = fs::is_directory(path, ignored) ? set.ReadFolder(path, use, pictures)
                                              : set.ReadCoco(path, use, pictures);
  if (!read) return PassOn(read);
  for (const std::string& note : set.classes_.notes) set.notes_.push_back(note);
  return set;
}

Outcome<void> LabelSet::ChooseClasses(const LabelUse& use) {
  std::vector<EvalCategory> categories;
  if (use.label_names.empty()) {
    for (const std::string& name : use.model_names) {
      categories.push_back({static_cast<std::int64_t>(categories.size()), name});
    }
    classes_ = ByOrder(categories);
  } else {
    auto named = LabelCategories(use.label_names);
    if (!named) return PassOn(named);
    categories = *std::move(named);
    auto matched = MatchClasses(use.model_names, categories);
    if (!matched) return PassOn(matched);
    classes_ = *std::move(matched);
  }
  for (const EvalCategory& category : categories) known_.push_back(category.id);
  return {};
}

Outcome<void> LabelSet::ReadFolder(const std::string& path, const LabelUse& use,
                                   std::span<const SourceEntry> pictures) {
  if (auto chosen = ChooseClasses(use); !chosen) return chosen;
  std::set<std::int64_t> numbers;
  bool all_numbers = true;
  for (const SourceEntry& picture : pictures) {
    const std::string stem = StemOf(picture);
    const auto number = NumberIn(stem);
    all_numbers = all_numbers && number && numbers.insert(*number).second;
    images_.push_back(number.value_or(0));

    const std::string file = (fs::path(path) / (stem + ".txt")).string();
    std::error_code ignored;
    if (!fs::exists(file, ignored)) {
      texts_.emplace_back();
      ++without_file_;
      continue;
    }
    auto text = ReadWholeFile(file, kMaxTextBytes);
    if (!text) return Exit(kExitSource, text.error());
    texts_.push_back({file, *std::move(text)});
  }
  if (!all_numbers) {
    for (std::size_t i = 0; i < images_.size(); ++i) images_[i] = static_cast<std::int64_t>(i) + 1;
  }
  if (without_file_ == static_cast<int>(pictures.size())) {
    return Exit(kExitSource,
                fmt::format("{}: none of the pictures has labels there; expected {}.txt and so on",
                            path, StemOf(pictures.front())));
  }
  if (without_file_ > 0) {
    notes_.push_back(fmt::format("{} of {} pictures have no label file and count as background",
                                 without_file_, pictures.size()));
  }
  return CheckTexts(use);
}

Outcome<void> LabelSet::CheckClasses(const TextFile& file, const LabelUse& use,
                                     std::span<const EvalObject> objects) const {
  for (const EvalObject& object : objects) {
    if (std::find(known_.begin(), known_.end(), object.category) != known_.end()) continue;
    return Exit(
        kExitUsage,
        use.label_names.empty()
            ? fmt::format("{}: class {} is none of the model's {}; if the numbers mean other "
                          "classes, label_names=coco, coco91 or a file of names says which",
                          file.path, object.category, known_.size())
            : fmt::format("{}: class {} is none of the {} of label_names={}", file.path,
                          object.category, known_.size(), use.label_names));
  }
  return {};
}

// Fractions of a picture can be checked before its size is known.
Outcome<void> LabelSet::CheckTexts(const LabelUse& use) {
  constexpr Size kAny{1, 1};
  yolo_.masks = use.task == Task::kSegment;
  // Pose models may be measured on labels of boxes.
  if (use.task == Task::kPose) {
    const auto has_points = [&](const TextFile& file) {
      const auto objects = ParseYoloLabels(file.text, kAny, {use.keypoints, false});
      return objects && !objects->empty();
    };
    has_keypoints_ = std::any_of(texts_.begin(), texts_.end(), has_points);
    if (has_keypoints_) yolo_.keypoints = use.keypoints;
  }
  for (const TextFile& file : texts_) {
    const auto objects = ParseYoloLabels(file.text, kAny, yolo_);
    if (!objects) {
      return Exit(kExitSource, fmt::format("{}: {}", file.path, objects.error().message));
    }
    if (auto known = CheckClasses(file, use, *objects); !known) return known;
    const auto has_mask = [](const EvalObject& object) { return !object.mask.empty(); };
    has_masks_ = has_masks_ || std::any_of(objects->begin(), objects->end(), has_mask);
  }
  return {};
}

Outcome<void> LabelSet::ReadCoco(const std::string& path, const LabelUse& use,
                                 std::vector<SourceEntry>& pictures) {
  is_coco_ = true;
  const auto text = ReadLabelFile(path);
  if (!text) return PassOn(text);
  auto labels = ParseCocoLabels(*text, {.masks = use.task == Task::kSegment,
                                        .keypoints = use.task == Task::kPose});
  if (!labels) return Exit(kExitSource, fmt::format("{}: {}", path, labels.error().message));
  coco_ = *std::move(labels);
  has_masks_ = coco_.has_masks;
  has_keypoints_ = coco_.has_keypoints;
  auto matched = MatchClasses(use.model_names, coco_.categories);
  if (!matched) {
    return Exit(matched.error().code, fmt::format("{}: {}", path, matched.error().message));
  }
  classes_ = *std::move(matched);

  const PictureFinder finder(coco_.images);
  std::set<std::size_t> taken;
  std::vector<SourceEntry> kept;
  for (SourceEntry& picture : pictures) {
    const auto place = finder.Find(picture.name);
    if (!place || !taken.insert(*place).second) continue;
    places_.push_back(*place);
    images_.push_back(coco_.images[*place].id);
    kept.push_back(std::move(picture));
  }
  if (kept.empty()) {
    return Exit(kExitSource,
                fmt::format("{}: none of the {} pictures is among its {}", path, pictures.size(),
                            coco_.images.size()));
  }
  if (kept.size() < pictures.size()) {
    notes_.push_back(fmt::format("{} of {} pictures are not in {} and are left out",
                                 pictures.size() - kept.size(), pictures.size(), path));
  }
  if (kept.size() < coco_.images.size()) {
    notes_.push_back(fmt::format("{} of the {} labelled pictures are not here and do not count",
                                 coco_.images.size() - kept.size(), coco_.images.size()));
  }
  pictures = std::move(kept);
  return {};
}

Result<std::vector<EvalObject>> LabelSet::Objects(std::size_t picture, Size size) const {
  if (!is_coco_) {
    auto objects = ParseYoloLabels(texts_[picture].text, size, yolo_);
    if (!objects) return Fail(objects.error(), texts_[picture].path);
    // Some have outlines: boxes among them are the shape that is known.
    for (EvalObject& object : *objects) {
      if (!has_masks_ || !object.mask.empty()) continue;
      const EvalBox& b = object.box;
      object.mask = MaskFromPolygon(
          std::vector<double>{b.x, b.y, b.x, b.y + b.height, b.x + b.width, b.y + b.height,
                              b.x + b.width, b.y},
          size);
    }
    return objects;
  }
  const LabelledImage& labelled = coco_.images[places_[picture]];
  if (!IsEmpty(labelled.size) && labelled.size != size) {
    return Fail(ErrorCode::kDataLoss,
                fmt::format("{} is {}x{}, but its labels say {}x{}", labelled.file_name, size.width,
                            size.height, labelled.size.width, labelled.size.height));
  }
  return labelled.objects;
}

}  // namespace retinue::cli
