#include "lib/track/assignment.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tests/support/testing.h"

namespace retinue::internal {
namespace {

// The greatest sum, by trying every matching.
double BestByTrial(const std::vector<std::vector<float>>& gains, std::size_t row,
                   unsigned used_columns) {
  if (row == gains.size()) return 0;
  double best = BestByTrial(gains, row + 1, used_columns);
  for (std::size_t j = 0; j < gains[row].size(); ++j) {
    if (gains[row][j] <= 0 || (used_columns >> j & 1u) != 0) continue;
    best = std::max(best, static_cast<double>(gains[row][j]) +
                              BestByTrial(gains, row + 1, used_columns | 1u << j));
  }
  return best;
}

std::vector<Edge> EdgesOf(const std::vector<std::vector<float>>& gains) {
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    for (std::size_t j = 0; j < gains[i].size(); ++j) {
      if (gains[i][j] > 0) edges.push_back({static_cast<int>(i), static_cast<int>(j), gains[i][j]});
    }
  }
  return edges;
}

// The sum found, after checking that it is a matching of edges.
double SumOf(const AssignmentSolver& solver, const std::vector<std::vector<float>>& gains) {
  double sum = 0;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    const int j = solver.column_of_row()[i];
    if (j == kUnmatched) continue;
    EXPECT_EQ(solver.row_of_column()[static_cast<std::size_t>(j)], static_cast<int>(i));
    EXPECT_GT(gains[i][static_cast<std::size_t>(j)], 0);
    sum += static_cast<double>(gains[i][static_cast<std::size_t>(j)]);
  }
  const auto matched = [](std::span<const int> partners) {
    return std::count_if(partners.begin(), partners.end(), [](int p) { return p != kUnmatched; });
  };
  EXPECT_EQ(matched(solver.column_of_row()), matched(solver.row_of_column()));
  return sum;
}

TEST(AssignmentSolver, FindsTheBestOfAllMatchingsOfRandomMatrices) {
  testing::Random random(7);
  AssignmentSolver solver;
  for (int trial = 0; trial < 3000; ++trial) {
    const int rows = 1 + random.Below(7);
    const int columns = 1 + random.Below(7);
    const double density = random.Uniform(0.2, 1.0);
    // Few different values make ties; many make none.
    const int values = trial % 2 == 0 ? 4 : 1000;
    std::vector gains(static_cast<std::size_t>(rows),
                      std::vector<float>(static_cast<std::size_t>(columns)));
    for (auto& row : gains) {
      for (float& gain : row) {
        if (random.Uniform() < density) gain = static_cast<float>(1 + random.Below(values));
      }
    }
    solver.Solve(rows, columns, EdgesOf(gains));
    ASSERT_EQ(SumOf(solver, gains), BestByTrial(gains, 0, 0)) << "trial " << trial;
  }
}

// scipy 1.17.1, linear_sum_assignment(C, maximize=True) with C[i, j] =
// ((i * 7919 + j * 104729 + i * j * 31) % 1000 + 1): total and size.
TEST(AssignmentSolver, EqualsScipyOnALargeDenseMatrix) {
  constexpr int kRows = 60;
  constexpr int kColumns = 80;
  std::vector gains(kRows, std::vector<float>(kColumns));
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kColumns; ++j) {
      gains[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] =
          static_cast<float>((i * 7919 + j * 104729 + i * j * 31) % 1000 + 1);
    }
  }
  AssignmentSolver solver;
  solver.Solve(kRows, kColumns, EdgesOf(gains));
  EXPECT_EQ(SumOf(solver, gains), 58856);
}

// lap 0.5.13: lap.lapjv([[.1, .2], [.15, .75]], extend_cost=True, cost_limit=.7)
// gives x = [1, 0]; with cost_limit=.34 the same; with cost_limit=.12 x = [0, -1].
TEST(AssignmentSolver, GatesAsLapjvWithACostLimit) {
  const float cost[2][2] = {{0.1f, 0.2f}, {0.15f, 0.75f}};
  const auto solve = [&](float limit) {
    std::vector gains(2, std::vector<float>(2));
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t j = 0; j < 2; ++j) gains[i][j] = limit - cost[i][j];
    }
    AssignmentSolver solver;
    solver.Solve(2, 2, EdgesOf(gains));
    return std::vector(solver.column_of_row().begin(), solver.column_of_row().end());
  };
  EXPECT_EQ(solve(0.7f), (std::vector{1, 0}));
  EXPECT_EQ(solve(0.34f), (std::vector{1, 0}));
  EXPECT_EQ(solve(0.12f), (std::vector{0, kUnmatched}));
}

TEST(AssignmentSolver, NothingToMatch) {
  AssignmentSolver solver;
  solver.Solve(0, 0, {});
  EXPECT_TRUE(solver.column_of_row().empty());
  solver.Solve(2, 3, {});
  EXPECT_EQ(solver.column_of_row()[1], kUnmatched);
  EXPECT_EQ(solver.row_of_column()[2], kUnmatched);
}

}  // namespace
}  // namespace retinue::internal
