#pragma once

// Labels of faces as the field writes them, beside COCO's JSON (ParseCocoLabels with
// LabelParts::boxes_from_keypoints reads those of 300-W, 300-VW and AFLW in mmpose's form): iBUG's
// .pts and dlib's XML. All are bytes from outside: every reader has limits and answers with an
// error that says where. Thread rule: plain values, pure functions.

#include <string_view>
#include <vector>

#include "retinue/base/result.h"
#include "retinue/eval/labels.h"

namespace retinue {

/// Reads the points of one face in iBUG's form: `version: 1`, `n_points: 68`, `{`, a line `x y` for
/// each point, `}`. Blank lines and either kind of line end are fine.
///
/// @error kDataLoss           `line 7: expected a point, two numbers, got '12.5'`; another number
/// of
///                            points than announced; no braces; a number beyond ±1e7.
/// @error kResourceExhausted  Over `max_bytes` or `max_corners` of the limits.
/// @source ibug.doc.ic.ac.uk/resources/facial-point-annotations
Result<std::vector<EvalPoint>> ParsePts(std::string_view text, const LabelLimits& limits = {});

/// A labelled face of which only the points are known: its box is around the labelled ones, and
/// empty where there are none.
EvalObject FaceOf(std::vector<EvalPoint> points);

/// Reads dlib's XML of images, boxes and their parts:
/// `<dataset><images><image file='a.jpg' width='500' height='375'>
///  <box top='90' left='194' width='37' height='37' ignore='0'><part name='00' x='201' y='107'/>…`.
///
/// Images get the numbers 0, 1, 2 … as ids, and one category, 0, `face`. Parts go by the numbers
/// that are their names; one that is not listed below the highest is an unlabelled point. A box
/// with `ignore='1'` is a crowd. Other elements (names, comments, labels) are passed over, and so
/// is what a document type says. Bytes of names stay as they are, whatever encoding the file
/// declares.
///
/// @error kDataLoss           `line 12: expected a number as 'top' of a box, got 'high'`; an
/// element
///                            that is not closed, or closed by another's name.
/// @error kResourceExhausted  Over one of `limits`, where points of all faces together count as
///                            objects; more than 16 levels of elements or 64 attributes of one.
/// @source dlib, dlib/data_io/image_dataset_metadata.h and examples/faces
Result<LabelledImages> ParseDlibLabels(std::string_view xml, const LabelLimits& limits = {});

}  // namespace retinue
