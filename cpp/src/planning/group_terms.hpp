#pragma once

#include <vector>

#include "curve_terms.hpp"
#include "nagamochi/core/powers.hpp"
#include "nagamochi/core/simd.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_layout.hpp"

namespace nagamochi::planning {

// The terms of the curves of one group at a time; keeps its memory from group to group.
class GroupTerms {
public:
    explicit GroupTerms(const PlanLayout& layout, core::Simd simd = core::widest_simd());

    void fill(const NetworkView& network, Index group);

    // All but losses that no repair finds.
    void fill_for_repairs(const NetworkView& network, Index group);

    // For lanes, which find the years in which the curves are found themselves, and look up only losses that repairs find.
    void fill_for_lanes(const NetworkView& network, Index group);

    [[nodiscard]] const std::vector<CurveTerms>& curves() const { return curves_; }

    // Whether all curves of a group are lines or parabolas.
    [[nodiscard]] static bool all_simple_powers(const NetworkView& network, Index group);

    // By level: ages at which curves of service life 1 and shape 1, or 2, reach it.
    [[nodiscard]] const std::vector<double>& linear_ages() const { return linear_ages_; }
    [[nodiscard]] const std::vector<double>& square_ages() const { return square_ages_; }

    // The horizon, or the last year of a bridge that is removed before.
    [[nodiscard]] Index last_year() const { return last_year_; }

private:
    enum class Losses { every_year, found_by_repairs };

    // Years from `first` on: losses before a repair, but for that of the last year, below `end`, those left below `end_left`.
    struct NeededYears {
        Index first;
        Index end;
        Index end_left;
    };

    void set_simple_power(double shape, double service_life, double loss, double restored_loss, CurveTerms& terms) const;
    void set_power(double shape, double service_life, double loss, double restored_loss, CurveTerms& terms, double* level_ages);
    void fill_powers(double shape, double service_life, Losses needed, CurveTerms& terms, double* losses) const;
    void fill_losses(const deterioration::Curve& curve, Losses needed, CurveTerms& terms, double* losses) const;
    [[nodiscard]] NeededYears needed_years(Losses needed, const CurveTerms& terms) const;
    void restart(const deterioration::Curve& curve, Indices works, CurveTerms& terms, double* losses) const;
    void find_years();
    void fill_terms(const NetworkView& network, Index group, Losses needed);

    Index horizon_;
    Index last_year_;
    Index latest_first_year_;
    Index longest_wait_;  // from the year in which a curve is due, or the last first year, to the year before its repair, and a year more
    Index highest_level_;
    Index lowest_level_;
    core::Powers powers_;
    std::vector<double> levels_;  // the last one repeated to a multiple of levels_together
    std::vector<double> linear_ages_;
    std::vector<double> square_ages_;
    std::vector<double> roots_;  // of losses: those of the levels, of a curve and of its restoration
    std::vector<CurveTerms> curves_;
    std::vector<int> years_;  // what the terms point to
    std::vector<double> ages_;
    std::vector<double> losses_;
};

}  // namespace nagamochi::planning
