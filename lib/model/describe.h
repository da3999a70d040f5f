#pragma once

// From the family of a head to its spec: which output, how many classes, what the
// boxes carry. One function a family. Thread rule: pure functions.
//
// Errors of all of them:
//   kUnsupported      Something that nobody stated is missing; says which option settles it.
//   kDataLoss         The manifest or the metadata contradict the tensors.
//   kInvalidArgument  What the user said contradicts them.

#include <cstdint>
#include <optional>

#include "lib/model/facts.h"
#include "lib/model/yolo_evidence.h"
#include "retinue/base/result.h"
#include "retinue/heads/head.h"

namespace retinue {

/// The only output [1, M, H, W], prototypes of masks.
std::optional<int> FindPrototypes(const ModelIo& io);

/// Whether there are outputs cls_pred_stride_8 … and dis_pred_stride_8 …, as NanoDet's exporter
/// names them.
bool HasNanoDetOutputs(const ModelIo& io);

/// Rows of a detector with three prior boxes in each cell of strides 8, 16, 32 (YOLOv4) or 16, 32
/// (its tiny one).
bool IsYoloV4RowCount(std::int64_t rows, Size input);

/// What the boxes carry: as the manifest, the metadata's task or the second output say.
Result<BoxExtra> ChooseExtra(const Facts& facts, const ManifestExtra& stated);

/// What DecideYolo wants to know.
YoloEvidence EvidenceOf(const Facts& facts, const BoxExtra& extra);

Result<HeadSpec> DescribeYolo(const Facts& facts);
Result<HeadSpec> DescribeYoloEnd2End(const Facts& facts);
Result<HeadSpec> DescribeYoloV5(const Facts& facts);
Result<HeadSpec> DescribeYoloX(const Facts& facts, Size input);
Result<HeadSpec> DescribeYoloV4(const Facts& facts);
Result<HeadSpec> DescribeNanoDet(const Facts& facts, Size input);
Result<HeadSpec> DescribeDetr(const Facts& facts, Size input);
Result<HeadSpec> DescribeSsd(const Facts& facts);
Result<HeadSpec> DescribeBlaze(const Facts& facts);
Result<HeadSpec> DescribeLandmarks(const Facts& facts);
Result<HeadSpec> DescribeForeground(const Facts& facts);
Result<HeadSpec> DescribeClassify(const Facts& facts);

}  // namespace retinue
