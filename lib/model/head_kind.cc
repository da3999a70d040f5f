#include "lib/model/head_kind.h"

namespace retinue {
namespace {

constexpr Words<HeadKind> kManifestKinds[] = {
    {"yolo", HeadKind::kYolo},         {"yolo_end2end", HeadKind::kYoloEnd2End},
    {"yolov5", HeadKind::kYoloV5},     {"yolox", HeadKind::kYoloX},
    {"yolov4", HeadKind::kYoloV4},     {"nanodet", HeadKind::kNanoDet},
    {"detr", HeadKind::kDetr},         {"classify", HeadKind::kClassify},
    {"ssd", HeadKind::kSsd},           {"blaze", HeadKind::kBlaze},
    {"landmarks", HeadKind::kLandmarks}, {"foreground", HeadKind::kForeground}};

constexpr Words<HeadKind> kOptionKinds[] = {
    {"yolo", HeadKind::kYolo},         {"yolo_end2end", HeadKind::kYoloEnd2End},
    {"yolov5", HeadKind::kYoloV5},     {"yolox", HeadKind::kYoloX},
    {"yolov4", HeadKind::kYoloV4},     {"nanodet", HeadKind::kNanoDet},
    {"detr", HeadKind::kDetr},         {"rfdetr", HeadKind::kRfDetr},
    {"classify", HeadKind::kClassify}};

}  // namespace

std::span<const Words<HeadKind>> ManifestHeadKinds() { return kManifestKinds; }

std::span<const Words<HeadKind>> HeadOptionKinds() { return kOptionKinds; }

std::string HeadOptionList() {
  std::string list;
  for (const auto& [word, kind] : kOptionKinds) {
    list += (list.empty() ? "'" : ", '") + std::string(word) + "'";
  }
  return list;
}

std::string_view FamilyName(HeadKind kind) {
  switch (kind) {
    case HeadKind::kYolo: return "anchor-free YOLO";
    case HeadKind::kYoloEnd2End: return "end-to-end YOLO";
    case HeadKind::kYoloV5: return "YOLO with objectness";
    case HeadKind::kYoloX: return "YOLOX";
    case HeadKind::kYoloV4: return "YOLOv4";
    case HeadKind::kNanoDet: return "NanoDet";
    case HeadKind::kDetr: return "DETR";
    case HeadKind::kRfDetr: return "RF-DETR";
    case HeadKind::kBlaze: return "BlazeFace";
    case HeadKind::kLandmarks: return "landmarks";
    case HeadKind::kForeground: return "foreground";
    case HeadKind::kClassify: return "classifier";
    case HeadKind::kSsd: return "SSD";
  }
  return "unknown";
}

}  // namespace retinue
