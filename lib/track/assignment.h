#pragma once

// The best matching between rows (tracks) and columns (detections). Thread
// rule: one solver per thread.

#include <span>
#include <vector>

namespace retinue::internal {

/// Row and column may be matched, which is worth `gain` > 0.
struct Edge {
  int row = 0;
  int column = 0;
  float gain = 0;
};

/// Marks a row or column without a partner.
inline constexpr int kUnmatched = -1;

/// Finds the matching with the greatest sum of gains.
///
/// With gain = limit - cost this is what `lap.lapjv(cost, extend_cost=True,
/// cost_limit=limit)` minimises: a pair is only worth having below the limit.
/// Edges are few because boxes overlap few others, so the problem is split into its
/// connected parts; each part is solved by shortest augmenting paths with
/// potentials, O(r²·c) for r rows and c columns. Memory is reused between calls.
///
/// @source Jonker and Volgenant, Computing 38 (1987), 325-340; Crouse, IEEE
/// TAES 52 (2016), 1679-1696 (rectangular form).
class AssignmentSolver {
 public:
  /// @param edges  Sorted by row; rows in [0, rows), columns in [0, columns); no pair twice.
  ///
  /// Of several best matchings always the same one is found for the same input.
  void Solve(int rows, int columns, std::span<const Edge> edges);

  /// Column of each row, or kUnmatched; valid until the next Solve.
  std::span<const int> column_of_row() const { return column_of_row_; }
  /// Row of each column, or kUnmatched.
  std::span<const int> row_of_column() const { return row_of_column_; }

 private:
  void FindParts(int rows, int columns, std::span<const Edge> edges);
  int Root(int node);
  void SolvePart(std::span<const int> rows, std::span<const Edge> edges);
  void CollectColumns(std::span<const int> rows, std::span<const Edge> edges);
  void Augment(int row);

  std::vector<int> column_of_row_, row_of_column_;
  // Of the whole problem: union-find over rows, then columns; rows sorted by part.
  std::vector<int> parent_, rows_by_part_, first_edge_of_row_, local_of_column_;
  // Of one part: its columns, and its dense costs (-gain, or infinity).
  std::vector<int> columns_;
  std::vector<double> cost_;
  std::vector<double> row_potential_, column_potential_, distance_;
  std::vector<int> column_of_local_, row_of_local_, previous_row_;
  std::vector<int> open_, reached_;
};

}  // namespace retinue::internal
