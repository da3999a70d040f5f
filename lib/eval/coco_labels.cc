#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "lib/eval/json_entry.h"
#include "lib/eval/labelled_bounds.h"
#include "lib/eval/outline.h"
#include "retinue/eval/labels.h"
#include "retinue/results/mask.h"

namespace retinue {
namespace {

using internal::AsNumber;
using internal::JsonEntry;
using Json = nlohmann::json;
using Mask = std::vector<std::uint32_t>;

constexpr std::size_t kMaxNameBytes = 4096;

Result<void> CheckCount(std::size_t count, std::size_t most, const char* what) {
  if (count <= most) return {};
  return Fail(ErrorCode::kResourceExhausted, "expected at most " + std::to_string(most) + " " +
                                                 what + ", got " + std::to_string(count));
}

// A list of the top level; an empty one when it is missing and may be.
Result<const Json*> ListOf(const Json& json, const char* name, std::size_t most) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_array()) {
    return Fail(ErrorCode::kDataLoss, std::string("expected a list '") + name + "'");
  }
  RETINUE_RETURN_IF_ERROR(CheckCount(found->size(), most, name));
  return &*found;
}

// The size of a picture or a mask: 1 … `most` each.
std::optional<Size> SizeFrom(const Json* width, const Json* height, int most) {
  const auto side = [most](const Json* value) {
    const auto number = value == nullptr ? std::nullopt : AsNumber(*value);
    const bool fits = number && *number >= 1 && *number <= most;
    return fits ? static_cast<int>(*number) : 0;
  };
  const Size size{side(width), side(height)};
  return IsEmpty(size) ? std::nullopt : std::optional(size);
}

Result<Mask> MaskOfPolygons(const JsonEntry& entry, const Json& list, Size size,
                            const LabelLimits& limits) {
  std::vector<Mask> parts;
  std::size_t left = 2 * limits.max_corners;
  for (const Json& polygon : list) {
    RETINUE_ASSIGN_OR_RETURN(const std::vector<double> xy,
                             entry.Numbers(polygon, "segmentation", left));
    left -= xy.size();
    auto part = internal::MaskOfOutline(xy, size);
    if (!part) {
      return entry.Within("segmentation",
                          {part.error().code, "expected an outline " + part.error().message});
    }
    parts.push_back(*std::move(part));
  }
  return parts.size() == 1 ? std::move(parts[0]) : MaskUnion(parts, size);
}

Result<Mask> MaskOfRuns(const JsonEntry& entry, const Json& runs, Size size,
                        const LabelLimits& limits) {
  const auto counts = runs.find("counts");
  const auto sides = runs.find("size");
  if (counts == runs.end() || sides == runs.end() || !sides->is_array() || sides->size() != 2) {
    return entry.Bad("segmentation", "outlines, or run lengths with 'size' and 'counts'");
  }
  if (SizeFrom(&(*sides)[1], &(*sides)[0], limits.max_side) != size) {
    return entry.Bad("segmentation.size", "that of the picture, [" + std::to_string(size.height) +
                                              ", " + std::to_string(size.width) + "]");
  }
  Result<Mask> mask = Mask{};
  if (counts->is_string()) {
    mask = ParseMaskText(counts->get_ref<const std::string&>(), size);
  } else {
    RETINUE_ASSIGN_OR_RETURN(
        const std::vector<double> numbers,
        entry.Numbers(*counts, "segmentation.counts",
                      static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) +
                          1));
    std::vector<std::int64_t> lengths;
    for (const double number : numbers) {
      lengths.push_back(static_cast<std::int64_t>(std::clamp(number, -1.0, 1e15)));
    }
    mask = MaskFromCounts(lengths, size);
  }
  if (!mask) return entry.Within("segmentation", mask.error());
  return mask;
}

// Null where the entry has none.
Result<std::optional<Mask>> ReadMask(const JsonEntry& entry, Size size, const LabelLimits& limits) {
  const Json* segmentation = entry.Find("segmentation");
  if (segmentation == nullptr || segmentation->empty()) return std::nullopt;
  if (IsEmpty(size)) {
    return entry.Bad("segmentation", "of a picture with a width and height");
  }
  if (segmentation->is_array()) {
    RETINUE_ASSIGN_OR_RETURN(Mask mask, MaskOfPolygons(entry, *segmentation, size, limits));
    return mask;
  }
  if (!segmentation->is_object()) {
    return entry.Bad("segmentation", "outlines, or run lengths with 'size' and 'counts'");
  }
  RETINUE_ASSIGN_OR_RETURN(Mask mask, MaskOfRuns(entry, *segmentation, size, limits));
  return mask;
}

// x, y and a third number of each point; empty where the entry has none.
Result<std::vector<EvalPoint>> ReadKeypoints(const JsonEntry& entry, const LabelLimits& limits) {
  std::vector<EvalPoint> points;
  const Json* list = entry.Find("keypoints");
  if (list == nullptr) return points;
  RETINUE_ASSIGN_OR_RETURN(const std::vector<double> numbers,
                           entry.Numbers(*list, "keypoints", 3 * limits.max_corners));
  if (numbers.size() % 3 != 0) return entry.Bad("keypoints", "3 numbers a point");
  for (std::size_t i = 0; i < numbers.size(); i += 3) {
    points.push_back({numbers[i], numbers[i + 1], numbers[i + 2] > 0});
  }
  return points;
}

bool IsCrowd(const JsonEntry& entry) {
  const Json* flag = entry.Find("iscrowd");
  if (flag == nullptr) return false;
  return flag->is_boolean() ? flag->get<bool>() : AsNumber(*flag).value_or(0) != 0;
}

Result<std::string> NameOf(const JsonEntry& entry, const char* field) {
  const Json* name = entry.Find(field);
  if (name == nullptr || !name->is_string() ||
      name->get_ref<const std::string&>().size() > kMaxNameBytes) {
    return entry.Bad(field, "a text of at most 4096 bytes");
  }
  return name->get<std::string>();
}

class LabelReader {
 public:
  LabelReader(const LabelParts& parts, const LabelLimits& limits)
      : parts_(parts), limits_(limits) {}

  Result<LabelledImages> Read(const Json& json) {
    RETINUE_RETURN_IF_ERROR(ReadCategories(json));
    RETINUE_RETURN_IF_ERROR(ReadImages(json));
    RETINUE_ASSIGN_OR_RETURN(const Json* list, ListOf(json, "annotations", limits_.max_objects));
    for (std::size_t i = 0; i < list->size(); ++i) {
      RETINUE_ASSIGN_OR_RETURN(const JsonEntry entry,
                               JsonEntry::Create((*list)[i], "annotations", i));
      RETINUE_RETURN_IF_ERROR(ReadObject(entry));
    }
    Complete();
    return std::move(labels_);
  }

 private:
  Result<void> ReadCategories(const Json& json) {
    RETINUE_ASSIGN_OR_RETURN(const Json* list, ListOf(json, "categories", limits_.max_objects));
    for (std::size_t i = 0; i < list->size(); ++i) {
      RETINUE_ASSIGN_OR_RETURN(const JsonEntry entry,
                               JsonEntry::Create((*list)[i], "categories", i));
      RETINUE_ASSIGN_OR_RETURN(const std::int64_t id, entry.Integer("id"));
      RETINUE_ASSIGN_OR_RETURN(std::string name, NameOf(entry, "name"));
      if (!categories_.emplace(id, std::move(name)).second) {
        return entry.Bad("id", "another than those before it, got " + std::to_string(id));
      }
    }
    for (const auto& [id, name] : categories_) labels_.categories.push_back({id, name});
    return {};
  }

  Result<void> ReadImages(const Json& json) {
    RETINUE_ASSIGN_OR_RETURN(const Json* list, ListOf(json, "images", limits_.max_images));
    for (std::size_t i = 0; i < list->size(); ++i) {
      RETINUE_ASSIGN_OR_RETURN(const JsonEntry entry, JsonEntry::Create((*list)[i], "images", i));
      LabelledImage image;
      RETINUE_ASSIGN_OR_RETURN(image.id, entry.Integer("id"));
      if (entry.Find("file_name") != nullptr) {
        RETINUE_ASSIGN_OR_RETURN(image.file_name, NameOf(entry, "file_name"));
      }
      const Json* width = entry.Find("width");
      const Json* height = entry.Find("height");
      if (width != nullptr || height != nullptr) {
        const auto size = SizeFrom(width, height, limits_.max_side);
        if (!size) {
          return entry.Bad("width and height",
                           "whole numbers from 1 to " + std::to_string(limits_.max_side));
        }
        image.size = *size;
      }
      if (!place_of_.emplace(image.id, labels_.images.size()).second) {
        return entry.Bad("id", "another than those before it, got " + std::to_string(image.id));
      }
      labels_.images.push_back(std::move(image));
    }
    return {};
  }

  Result<void> ReadObject(const JsonEntry& entry) {
    EvalObject object;
    RETINUE_ASSIGN_OR_RETURN(const std::int64_t id, entry.Integer("image_id"));
    RETINUE_ASSIGN_OR_RETURN(object.category, entry.Integer("category_id"));
    const auto place = place_of_.find(id);
    if (place == place_of_.end() || !categories_.contains(object.category)) return {};
    LabelledImage& image = labels_.images[place->second];

    if (parts_.keypoints) {
      RETINUE_ASSIGN_OR_RETURN(object.keypoints, ReadKeypoints(entry, limits_));
      RETINUE_RETURN_IF_ERROR(CheckKeypoints(entry, object.keypoints.size()));
    }
    const bool has_box = !parts_.boxes_from_keypoints || entry.Find("bbox") != nullptr;
    const auto around = has_box ? std::nullopt : internal::BoundsOfLabelled(object.keypoints);
    if (around) {
      object.box = *around;
    } else {
      RETINUE_ASSIGN_OR_RETURN(object.box, entry.BoxOf("bbox"));
    }
    object.is_crowd = IsCrowd(entry);
    object.area = object.box.width * object.box.height;
    if (parts_.masks) {
      RETINUE_ASSIGN_OR_RETURN(auto mask, ReadMask(entry, image.size, limits_));
      if (mask) {
        object.area = static_cast<double>(MaskArea(*mask));
        object.mask = *std::move(mask);
        labels_.has_masks = true;
      }
    }
    if (entry.Find("area") != nullptr) {
      RETINUE_ASSIGN_OR_RETURN(object.area, entry.Number("area"));
      if (object.area < 0) return entry.Bad("area", "0 or more");
    }
    image.objects.push_back(std::move(object));
    return {};
  }

  Result<void> CheckKeypoints(const JsonEntry& entry, std::size_t count) {
    if (count == 0) return {};
    if (keypoints_ != 0 && count != keypoints_) {
      return entry.Bad("keypoints", "as many as of those before, " + std::to_string(keypoints_) +
                                        " points; got " + std::to_string(count));
    }
    keypoints_ = count;
    labels_.has_keypoints = true;
    return {};
  }

  // Where some have a mask or keypoints, all get one.
  void Complete() {
    for (LabelledImage& image : labels_.images) {
      for (EvalObject& object : image.objects) {
        if (labels_.has_masks && object.mask.empty()) object.mask = MaskUnion({}, image.size);
        if (object.keypoints.empty()) object.keypoints.resize(keypoints_, {0, 0, false});
      }
    }
  }

  const LabelParts& parts_;
  const LabelLimits& limits_;
  LabelledImages labels_;
  std::map<std::int64_t, std::string> categories_;
  std::map<std::int64_t, std::size_t> place_of_;
  std::size_t keypoints_ = 0;
};

EvalBox BoundsOf(const std::vector<EvalPoint>& points) {
  const auto [left, right] = std::minmax_element(
      points.begin(), points.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
  const auto [top, bottom] = std::minmax_element(
      points.begin(), points.end(), [](const auto& a, const auto& b) { return a.y < b.y; });
  return {left->x, top->y, right->x - left->x, bottom->y - top->y};
}

Mask MaskOfBox(const EvalBox& box, Size size) {
  const double right = box.x + box.width, bottom = box.y + box.height;
  const std::array<double, 8> xy = {box.x, box.y, box.x, bottom, right, bottom, right, box.y};
  return MaskFromPolygon(xy, size);
}

class ResultReader {
 public:
  ResultReader(const LabelledImages& labels, const LabelParts& parts, const LabelLimits& limits)
      : labels_(labels), parts_(parts), limits_(limits) {
    for (std::size_t i = 0; i < labels.images.size(); ++i) place_of_[labels.images[i].id] = i;
  }

  Result<FoundInImages> Read(const Json& list) {
    if (!list.is_array()) return Fail(ErrorCode::kDataLoss, "expected a list of results");
    RETINUE_RETURN_IF_ERROR(CheckCount(list.size(), limits_.max_objects, "results"));
    found_.found.resize(labels_.images.size());
    found_.count = static_cast<std::int64_t>(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      RETINUE_ASSIGN_OR_RETURN(const JsonEntry entry, JsonEntry::Create(list[i], "results", i));
      if (i == 0) RETINUE_RETURN_IF_ERROR(LookAtFirst(entry));
      RETINUE_RETURN_IF_ERROR(ReadObject(entry));
    }
    return std::move(found_);
  }

 private:
  Result<void> LookAtFirst(const JsonEntry& first) {
    const Json* box = first.Find("bbox");
    found_.has_boxes = box != nullptr && !box->empty();
    found_.has_masks = first.Find("segmentation") != nullptr;
    found_.has_keypoints = first.Find("keypoints") != nullptr;
    if (found_.has_boxes || found_.has_masks || found_.has_keypoints) return {};
    return first.Bad("bbox", "there, or 'segmentation' or 'keypoints'");
  }

  Result<void> ReadObject(const JsonEntry& entry) {
    EvalObject object;
    RETINUE_ASSIGN_OR_RETURN(const std::int64_t id, entry.Integer("image_id"));
    RETINUE_ASSIGN_OR_RETURN(object.category, entry.Integer("category_id"));
    RETINUE_ASSIGN_OR_RETURN(object.score, entry.Number("score"));
    const auto place = place_of_.find(id);
    if (place == place_of_.end()) {
      return entry.Bad("image_id", "that of a labelled picture, got " + std::to_string(id));
    }
    const Size size = labels_.images[place->second].size;
    if (parts_.masks && found_.has_masks) {
      RETINUE_ASSIGN_OR_RETURN(auto mask, ReadMask(entry, size, limits_));
      if (mask) object.mask = *std::move(mask);
    }
    if (parts_.keypoints && found_.has_keypoints) {
      RETINUE_ASSIGN_OR_RETURN(object.keypoints, ReadKeypoints(entry, limits_));
    }
    RETINUE_RETURN_IF_ERROR(ReadBox(entry, size, object));
    if (parts_.masks && found_.has_masks && object.mask.empty()) {
      if (IsEmpty(size)) return entry.Bad("segmentation", "of a picture with a width and height");
      object.mask = MaskOfBox(object.box, size);
    }
    found_.found[place->second].push_back(std::move(object));
    return {};
  }

  Result<void> ReadBox(const JsonEntry& entry, Size size, EvalObject& object) const {
    if (found_.has_boxes || entry.Find("bbox") != nullptr) {
      RETINUE_ASSIGN_OR_RETURN(object.box, entry.BoxOf("bbox"));
      object.area = object.box.width * object.box.height;
      if (found_.has_boxes) return {};
    } else if (!object.mask.empty()) {
      const Box bounds = MaskBounds(object.mask, size);
      object.box = {bounds.x, bounds.y, bounds.width, bounds.height};
    } else if (!object.keypoints.empty()) {
      object.box = BoundsOf(object.keypoints);
      object.area = object.box.width * object.box.height;
    }
    if (!object.mask.empty()) object.area = static_cast<double>(MaskArea(object.mask));
    return {};
  }

  const LabelledImages& labels_;
  const LabelParts& parts_;
  const LabelLimits& limits_;
  std::map<std::int64_t, std::size_t> place_of_;
  FoundInImages found_;
};

}  // namespace

Result<LabelledImages> ParseCocoLabels(std::string_view json, const LabelParts& parts,
                                       const LabelLimits& limits) {
  RETINUE_ASSIGN_OR_RETURN(const Json parsed, internal::ParseJson(json, limits.max_bytes));
  if (!parsed.is_object()) {
    return Fail(ErrorCode::kDataLoss,
                "expected an object with 'images', 'annotations' and 'categories'");
  }
  return LabelReader(parts, limits).Read(parsed);
}

Result<FoundInImages> ParseCocoResults(std::string_view json, const LabelledImages& labels,
                                       const LabelParts& parts, const LabelLimits& limits) {
  RETINUE_ASSIGN_OR_RETURN(const Json parsed, internal::ParseJson(json, limits.max_bytes));
  return ResultReader(labels, parts, limits).Read(parsed);
}

}  // namespace retinue
