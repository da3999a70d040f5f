#include "lib/overlay/skeleton.h"

namespace retinue::internal {
namespace {

constexpr Limb kCoco[] = {
    {0, 1},   {0, 2},   {1, 2},   {1, 3},   {2, 4},   {3, 5},   {4, 6},   // head
    {5, 6},   {5, 7},   {7, 9},   {6, 8},   {8, 10},                      // arms
    {5, 11},  {6, 12},  {11, 12},                                         // trunk
    {11, 13}, {13, 15}, {12, 14}, {14, 16},                               // legs
};

constexpr Limb kMediaPipe[] = {
    {0, 1},   {1, 2},   {2, 3},   {3, 7},   {0, 4},   {4, 5},   {5, 6},   {6, 8},   {9, 10},
    {11, 12}, {11, 13}, {13, 15}, {15, 17}, {15, 19}, {15, 21}, {17, 19},
    {12, 14}, {14, 16}, {16, 18}, {16, 20}, {16, 22}, {18, 20},
    {11, 23}, {12, 24}, {23, 24},
    {23, 25}, {25, 27}, {27, 29}, {29, 31}, {27, 31},
    {24, 26}, {26, 28}, {28, 30}, {30, 32}, {28, 32},
};

}  // namespace

std::span<const Limb> LimbsOf(int keypoint_count) {
  if (keypoint_count == 17) return kCoco;
  if (keypoint_count == 33) return kMediaPipe;
  return {};
}

}  // namespace retinue::internal
