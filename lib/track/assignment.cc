#include "lib/track/assignment.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "retinue/base/check.h"

namespace retinue::internal {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::size_t At(int i) { return static_cast<std::size_t>(i); }
int Count(const auto& range) { return static_cast<int>(range.size()); }

}  // namespace

void AssignmentSolver::Solve(int rows, int columns, std::span<const Edge> edges) {
  column_of_row_.assign(At(rows), kUnmatched);
  row_of_column_.assign(At(columns), kUnmatched);
  if (edges.empty()) return;
  FindParts(rows, columns, edges);
  local_of_column_.assign(At(columns), kUnmatched);
  for (std::size_t begin = 0; begin < rows_by_part_.size();) {
    const int part = parent_[At(rows_by_part_[begin])];
    std::size_t end = begin + 1;
    while (end < rows_by_part_.size() && parent_[At(rows_by_part_[end])] == part) ++end;
    SolvePart(std::span(rows_by_part_).subspan(begin, end - begin), edges);
    begin = end;
  }
}

int AssignmentSolver::Root(int node) {
  while (parent_[At(node)] != node) {
    parent_[At(node)] = parent_[At(parent_[At(node)])];
    node = parent_[At(node)];
  }
  return node;
}

void AssignmentSolver::FindParts(int rows, int columns, std::span<const Edge> edges) {
  parent_.resize(At(rows + columns));
  std::iota(parent_.begin(), parent_.end(), 0);
  first_edge_of_row_.assign(At(rows + 1), 0);
  for (const Edge& edge : edges) {
    RETINUE_DCHECK(edge.gain > 0);
    ++first_edge_of_row_[At(edge.row + 1)];
    const int a = Root(edge.row);
    const int b = Root(rows + edge.column);
    // The lower number leads, so that a part is named by its first row.
    parent_[At(std::max(a, b))] = std::min(a, b);
  }
  rows_by_part_.clear();
  for (int row = 0; row < rows; ++row) {
    if (first_edge_of_row_[At(row + 1)] > 0) rows_by_part_.push_back(row);
    parent_[At(row)] = Root(row);
  }
  std::partial_sum(first_edge_of_row_.begin(), first_edge_of_row_.end(),
                   first_edge_of_row_.begin());
  std::sort(rows_by_part_.begin(), rows_by_part_.end(), [this](int a, int b) {
    const int part_a = parent_[At(a)];
    const int part_b = parent_[At(b)];
    return part_a != part_b ? part_a < part_b : a < b;
  });
}

void AssignmentSolver::CollectColumns(std::span<const int> rows, std::span<const Edge> edges) {
  columns_.clear();
  for (const int row : rows) {
    for (int e = first_edge_of_row_[At(row)]; e < first_edge_of_row_[At(row + 1)]; ++e) {
      int& local = local_of_column_[At(edges[At(e)].column)];
      if (local != kUnmatched) continue;
      local = Count(columns_);
      columns_.push_back(edges[At(e)].column);
    }
  }
}

void AssignmentSolver::SolvePart(std::span<const int> rows, std::span<const Edge> edges) {
  if (rows.size() == 1) {  // the usual case: one track, the best of its detections
    const auto first = edges.begin() + first_edge_of_row_[At(rows[0])];
    const auto last = edges.begin() + first_edge_of_row_[At(rows[0] + 1)];
    const auto best = std::max_element(
        first, last, [](const Edge& a, const Edge& b) { return a.gain < b.gain; });
    column_of_row_[At(best->row)] = best->column;
    row_of_column_[At(best->column)] = best->row;
    return;
  }
  CollectColumns(rows, edges);
  const std::size_t width = columns_.size();
  cost_.assign(rows.size() * width, kInfinity);
  row_potential_.assign(rows.size(), 0);
  column_potential_.assign(width, 0);
  column_of_local_.assign(rows.size(), kUnmatched);
  row_of_local_.assign(width, kUnmatched);
  previous_row_.resize(width);
  distance_.resize(width);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int row = rows[i];
    for (int e = first_edge_of_row_[At(row)]; e < first_edge_of_row_[At(row + 1)]; ++e) {
      const Edge& edge = edges[At(e)];
      cost_[i * width + At(local_of_column_[At(edge.column)])] = -static_cast<double>(edge.gain);
    }
  }
  for (int i = 0; i < Count(rows); ++i) Augment(i);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (column_of_local_[i] == kUnmatched) continue;
    const int column = columns_[At(column_of_local_[i])];
    column_of_row_[At(rows[i])] = column;
    row_of_column_[At(column)] = rows[i];
  }
}

// Brings one more row in along the cheapest path. A path ends at a free column
// or in a row that gives its column up and stays alone, which costs 0: as if each row had
// a column of its own, whose potential is 0 for good since no other row reaches it.
void AssignmentSolver::Augment(int row) {
  const int width = Count(columns_);
  open_.resize(columns_.size());
  std::iota(open_.begin(), open_.end(), 0);
  reached_.clear();  // columns whose distance is final, in that order
  std::fill(distance_.begin(), distance_.end(), kInfinity);
  double length = 0;
  double alone = kInfinity;
  int row_left_alone = row;
  int free_column = kUnmatched;
  for (int i = row;;) {
    if (length - row_potential_[At(i)] < alone) {
      alone = length - row_potential_[At(i)];
      row_left_alone = i;
    }
    const double* cost = cost_.data() + static_cast<std::ptrdiff_t>(i) * width;
    double shortest = kInfinity;
    std::size_t next = 0;
    for (std::size_t k = 0; k < open_.size(); ++k) {
      const std::size_t j = At(open_[k]);
      const double d = length + cost[j] - row_potential_[At(i)] - column_potential_[j];
      if (d < distance_[j]) {
        distance_[j] = d;
        previous_row_[j] = i;
      }
      if (distance_[j] < shortest) {
        shortest = distance_[j];
        next = k;
      }
    }
    if (alone <= shortest) {
      length = alone;
      break;
    }
    length = shortest;
    const int j = open_[next];
    if (row_of_local_[At(j)] == kUnmatched) {
      free_column = j;
      break;
    }
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(next));
    reached_.push_back(j);
    i = row_of_local_[At(j)];
  }

  row_potential_[At(row)] += length;
  for (const int j : reached_) {
    row_potential_[At(row_of_local_[At(j)])] += length - distance_[At(j)];
    column_potential_[At(j)] -= length - distance_[At(j)];
  }
  int j = free_column;
  if (j == kUnmatched) {
    j = column_of_local_[At(row_left_alone)];
    column_of_local_[At(row_left_alone)] = kUnmatched;
  }
  while (j != kUnmatched) {
    const int i = previous_row_[At(j)];
    row_of_local_[At(j)] = i;
    std::swap(column_of_local_[At(i)], j);
    if (i == row) break;
  }
}

}  // namespace retinue::internal
