#pragma once

// The 68 points that face benchmarks are labelled with (iBUG: 300-W, 300-VW, dlib), and where they
// lie on MediaPipe's face mesh. Thread rule: constants and a pure function.
//
//   0…16 the jaw from the picture's left to its right, 17…26 the brows, 27…35 the nose,
//   36…41 and 42…47 the eyes (from their left corner, clockwise), 48…59 the outer, 60…67 the inner
//   edge of the lips
//
// On the inner points (17…67) mesh and labels mean the same places but for the nose's bridge and
// the outer ends of the brows, which are means or near-by points. The jaw's are only similar: the
// labels follow the outline in the picture, the mesh keeps to its places on the head.

#include <array>
#include <cstddef>
#include <span>

#include "retinue/eval/detection_evaluator.h"
#include "retinue/results/face.h"

namespace retinue {

inline constexpr std::size_t kFacePoints = 68;
inline constexpr std::size_t kFirstInnerFacePoint = 17;

/// The outer corners of the eyes; their distance is what errors are divided by.
inline constexpr std::size_t kOuterEyeCorners[2] = {36, 45};

/// The landmarks in the middle of which each point lies; most are one landmark twice.
/// @source Peizhi Yan, Mediapipe_2_Dlib_Landmarks, mediapipe2dlib/mp2dlib.py
///         (mp2dlib_correspondence); github.com/PeizhiYan/Mediapipe_2_Dlib_Landmarks
inline constexpr std::array<std::array<short, 2>, kFacePoints> kMeshOfFacePoints = {{
    {127, 127}, {234, 234}, {93, 93},   {132, 58},  {58, 172},  {136, 136}, {150, 150},  // jaw
    {176, 176}, {152, 152}, {400, 400}, {379, 379}, {365, 365}, {397, 288}, {361, 361},
    {323, 323}, {454, 454}, {356, 356},
    {156, 156}, {63, 63},   {105, 105}, {66, 66},   {107, 107},  // brows
    {336, 336}, {296, 296}, {334, 334}, {293, 293}, {383, 383},
    {168, 6},   {197, 195}, {5, 5},     {4, 4},     {98, 98},    // nose
    {97, 97},   {2, 2},     {326, 326}, {327, 327},
    {33, 33},   {160, 160}, {158, 158}, {133, 133}, {153, 153}, {144, 144},  // eyes
    {362, 362}, {385, 385}, {387, 387}, {263, 263}, {373, 373}, {380, 380},
    {61, 61},   {39, 39},   {37, 37},   {0, 0},     {267, 267}, {269, 269},  // lips, outer edge
    {291, 291}, {321, 321}, {314, 314}, {17, 17},   {84, 84},   {91, 91},
    {78, 78},   {82, 82},   {13, 13},   {312, 312},  // lips, inner edge
    {308, 308}, {317, 317}, {14, 14},   {87, 87},
}};

/// The 68 points of a face of which the mesh is known.
///
/// @param mesh  468 landmarks or more (RETINUE_CHECK).
std::array<EvalPoint, kFacePoints> FacePointsOf(std::span<const Landmark> mesh);

}  // namespace retinue
