#include "lib/model/input_spec.h"

#include <array>
#include <cstddef>

#include "lib/model/text.h"

namespace retinue {
namespace {

using model_text::Printable;

using Factors = std::array<float, 3>;

// value = (pixel - mean) / deviation, as pixel · scale + offset.
void Normalise(InputSpec& spec, const Factors& mean, const Factors& deviation) {
  for (std::size_t c = 0; c < 3; ++c) {
    spec.scale[c] = 1.0f / deviation[c];
    spec.offset[c] = -mean[c] / deviation[c];
  }
}

// ImageNet's, of pixels 0…255 in the order red, green, blue.
// @source torchvision: mean .485 .456 .406, std .229 .224 .225; the same · 255
constexpr Factors kImageNetMean{123.675f, 116.28f, 103.53f};
constexpr Factors kImageNetDeviation{58.395f, 57.12f, 57.375f};

// One output for all strides is what NanoDet-Plus ends in.
bool IsNanoDetPlus(const Facts& facts) { return facts.io.outputs.size() == 1; }

// What a family's own code feeds to its networks; without size, layout and type.
InputSpec Convention(const Facts& facts, HeadKind kind) {
  InputSpec spec;  // the YOLO family's: RGB / 255, letterboxed, padded with 114
  switch (kind) {
    case HeadKind::kYolo:
    case HeadKind::kYoloEnd2End:
    case HeadKind::kYoloV5:
    case HeadKind::kSsd:
    case HeadKind::kBlaze:
    case HeadKind::kLandmarks:
    case HeadKind::kForeground: break;
    case HeadKind::kYoloX:  // @source YOLOX `preproc`
      spec.order = ChannelOrder::kBgr;
      spec.scale = {1, 1, 1};
      spec.fit = Fit::kLetterboxTopLeft;
      break;
    case HeadKind::kNanoDet:  // @source RangiLyu/nanodet, `normalize` and `keep_ratio` of config/
      spec.order = ChannelOrder::kBgr;
      Normalise(spec, {kImageNetMean[2], kImageNetMean[1], kImageNetMean[0]},
                {kImageNetDeviation[2], kImageNetDeviation[1], kImageNetDeviation[0]});
      spec.fit = IsNanoDetPlus(facts) ? Fit::kStretch : Fit::kLetterboxWarp;
      spec.pad = 0;
      break;
    case HeadKind::kRfDetr:  // @source roboflow/rf-detr, `RFDETR.means` and `stds`
      Normalise(spec, kImageNetMean, kImageNetDeviation);
      spec.fit = Fit::kStretch;
      break;
    case HeadKind::kDetr:    // @source lyuwenyu/RT-DETR, transforms of the validation set
    case HeadKind::kYoloV4:  // @source hunglc007/tensorflow-yolov4-tflite, detect.py
      spec.fit = Fit::kStretch;
      break;
    case HeadKind::kClassify:  // @source Ultralytics `classify_transforms`: mean 0, deviation 1
      spec.fit = Fit::kCenterCrop;
      break;
  }
  return spec;
}

// The side of models that declare none.
int UsualSide(HeadKind kind) {
  switch (kind) {
    case HeadKind::kYoloV4: return 416;
    case HeadKind::kNanoDet: return 320;
    case HeadKind::kRfDetr: return 560;
    case HeadKind::kClassify: return 224;
    default: return 640;
  }
}

std::string SizeText(Size size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

Result<InputFinding> ByManifest(const Facts& facts, const ManifestInput& input) {
  InputSpec spec = input.spec;
  spec.type = facts.io.inputs[0].type;
  const bool agrees = spec.layout == facts.input.layout &&
                      ChannelCount(spec.order) == facts.input.channels &&
                      (!facts.input.declared || *facts.input.declared == spec.size) &&
                      (input.name.empty() || input.name == facts.io.inputs[0].name);
  if (agrees) return InputFinding{spec, "input " + SizeText(spec.size) + " by the manifest"};
  return Fail(ErrorCode::kDataLoss, "the manifest's input " + Printable(input.name) + " " +
                                        ToString(InputShape(spec)) + " must agree with " +
                                        ToString(facts.io));
}

}  // namespace

Result<InputFinding> FindInput(const Facts& facts, HeadKind kind, const Overrides& overrides) {
  if (facts.manifest != nullptr && facts.manifest->input) {
    return ByManifest(facts, *facts.manifest->input);
  }
  const ElementType type = facts.io.inputs[0].type;
  if (type == ElementType::kU8 || type == ElementType::kI8) {
    return Unsupported(facts.io, "what a byte of the input means must be known; a manifest with "
                                 "[input] says it");
  }
  const ExportMetadata& metadata = facts.metadata;
  if (metadata.channels && *metadata.channels != facts.input.channels) {
    return Fail(ErrorCode::kDataLoss, "the metadata's 'channels' must agree with the input, got " +
                                          std::to_string(*metadata.channels) + " and " +
                                          ToString(facts.io));
  }
  InputFinding finding{Convention(facts, kind), ""};
  InputSpec& spec = finding.spec;
  spec.layout = facts.input.layout;
  spec.type = type;
  if (facts.input.channels == 1) spec.order = ChannelOrder::kGray;
  std::string source = "of the model";
  if (facts.input.declared) {
    spec.size = *facts.input.declared;
  } else if (overrides.imgsz) {
    spec.size = *overrides.imgsz;
    source = "of imgsz=";
  } else if (metadata.imgsz) {
    spec.size = *metadata.imgsz;
    source = "of the metadata";
  } else {
    spec.size = {UsualSide(kind), UsualSide(kind)};
    source = "as is usual (the model leaves it open)";
  }
  finding.evidence = "input " + SizeText(spec.size) + " " + source + ", pixels as is usual for " +
                     std::string(FamilyName(kind));
  return finding;
}

}  // namespace retinue
