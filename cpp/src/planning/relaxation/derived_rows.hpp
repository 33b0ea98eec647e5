#pragma once

#include <Eigen/Core>
#include <vector>

#include "bridge_use.hpp"
#include "nagamochi/planning/relaxation.hpp"
#include "rows.hpp"

namespace nagamochi::planning::relaxation {

// Rows that follow from those of a problem because every group has one whole plan, found where shares of plans break them.
//
// What all plans use of a row beyond the least that they can use is at most its room. In parts of a little more than the room only
// whole parts count, and all plans together have less than all of them. Of plans each two of which together need more than the room
// of some row, one can be chosen.
class DerivedRows {
public:
    // possible  (groups, plans) those that a selection within the rows may contain, or empty where all allowed ones are
    DerivedRows(const RelaxationProblem& problem, const Rows& rows, std::span<const std::uint8_t> possible, Index interval, int threads);

    // Adds rows that shares (groups, plans) break, those that they break most if these are many; returns how many.
    Index add_broken(const std::vector<double>& shares);

    // Forgets the rows without a price; `prices` are those of the rows that remain, afterwards too.
    void keep_priced(std::vector<double>& prices);

    [[nodiscard]] const std::vector<DerivedRow>& rows() const { return derived_; }
    [[nodiscard]] const std::vector<double>& scales() const { return scales_; }  // prices that count as large
    // (rows, groups, plans) what plans count in each.
    [[nodiscard]] const std::vector<double>& counts() const { return counts_; }
    [[nodiscard]] static Index bound(const DerivedRow& row) { return (row.groups.empty() ? row.parts - 1 : 1) << amount_bits; }

private:
    // A plan of a group, and what it uses beyond the least.
    struct Cell {
        Index group;
        Index plan;
        double share;
        const Index* excess;  // (rows)
    };
    struct Broken {
        double by;
        DerivedRow row;
        double scale;
    };

    template <class Use>
    void for_each_cell(Use&& use) const;
    [[nodiscard]] std::vector<Cell> shared_cells(const std::vector<double>& shares, std::vector<Index>& excess) const;
    void find_parts(const std::vector<Cell>& cells, std::vector<Broken>& broken) const;
    void find_exclusive(const std::vector<Cell>& cells, std::vector<Broken>& broken) const;
    void extend(std::vector<Broken>& broken) const;
    [[nodiscard]] Index parts_of(Index row, Index parts, Index excess) const;
    // The row of which two plans together need more than there is, -1 where there is none.
    [[nodiscard]] Index clash(const Index* one, const Index* other) const;
    void append(const std::vector<Broken>& broken);

    const RelaxationProblem& problem_;
    const Rows& rows_;
    std::span<const std::uint8_t> possible_;
    std::vector<Index> ranges_;
    std::vector<Index> room_;  // (rows) with an allowance for rounding; unusable where the row has no bound that matters
    std::vector<DerivedRow> derived_;
    std::vector<double> scales_;
    std::vector<double> counts_;
};

// A problem with derived rows besides.
class DerivedProblem {
public:
    DerivedProblem(const RelaxationProblem& problem, const Rows& rows, const DerivedRows& derived);

    [[nodiscard]] const RelaxationProblem& problem() const { return problem_; }

private:
    RelaxationProblem problem_;
    std::vector<double> counts_;
    std::vector<std::uint8_t> counted_;
    std::vector<std::uint8_t> members_;
    std::vector<Index> coefficients_;
    std::vector<Index> bounds_;
    std::vector<double> scales_;
};

}  // namespace nagamochi::planning::relaxation
