#include "nagamochi/planning/rating_scatter.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "group_scatter.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index groups_per_chunk = 64;

// Calls make_body() for each chunk of groups, and what it returns for each group: body(own, group), own being filled.
template <class MakeBody>
void for_groups(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, core::Simd simd,
                const core::Execution& execution, MakeBody make_body) {
    const ScatterTables tables(layout, scatter);
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupScatter own(tables, simd);
        auto body = make_body();
        for (Index group = begin; group < end; ++group) {
            own.fill(network, group);
            body(own, group);
        }
    });
}

// What one curve's shortfall costs, by the year of its last repair.
class ShortfallValues {
public:
    ShortfallValues(double threshold, Numbers weights)
        : tolerable_loss_(deterioration::health_as_new - threshold), weights_(weights), unrepaired_(weights.size() + scatter_padding) {}

    bool prepare(const CurveYears& curve) {
        last_year_ = curve.last_year;
        for (Index year = 1; year <= last_year_; ++year)
            unrepaired_[at(year)] = unrepaired_[at(year - 1)] + weights_[at(year - 1)] * shortfall(curve.loss[year]);
        in_year_since_.clear();
        for (Index year = 0; year < last_year_; ++year)
            in_year_since_.push_back((year == 0 ? 1.0 : weights_[at(year - 1)]) * shortfall(curve.loss_since[year]));
        years_without_ = std::ranges::find_if(in_year_since_, [](double yen) { return yen > 0.0; }) - in_year_since_.begin();
        return unrepaired_[at(last_year_)] > 0.0 || years_without_ < last_year_;
    }

    [[nodiscard]] const double* unrepaired() const { return unrepaired_.data(); }

    // Years since a repair as long as no other follows, at their value in its year; then at their present value.
    void of_repair(Index interval, const double* kept, double* by_year) const {
        std::fill_n(by_year, last_year_ + 1, 0.0);
        double since = 0.0;
        for (Index year = years_without_; year < last_year_; ++year) {
            since += in_year_since_[at(year)] * kept[year / interval];
            const Index repaired_in = last_year_ - year;
            by_year[repaired_in] = weights_[at(repaired_in - 1)] * since;
        }
    }

private:
    [[nodiscard]] double shortfall(double loss) const { return std::max(loss - tolerable_loss_, 0.0); }

    double tolerable_loss_;
    Numbers weights_;
    Index last_year_ = 0;
    Index years_without_ = 0;            // any shortfall, since a repair
    std::vector<double> unrepaired_;     // over years 1..y
    std::vector<double> in_year_since_;  // by years since a repair, at its value in the year of the repair
};

// The share of its service life that a curve has used up in the last year, by the year of its last repair.
class UsedLife {
public:
    explicit UsedLife(Index horizon) : unrepaired_(at(horizon + scatter_padding)) {}

    bool prepare(const CurveYears& curve) {
        last_year_ = curve.last_year;
        service_life_ = curve.service_life;
        restored_age_ = curve.restored_age;
        unrepaired_[at(last_year_)] = share(curve.age + static_cast<double>(last_year_));
        return true;
    }

    [[nodiscard]] const double* unrepaired() const { return unrepaired_.data(); }

    void of_repair(Index interval, const double* kept, double* by_year) const {
        by_year[0] = 0.0;
        for (Index year = 1; year <= last_year_; ++year)
            by_year[year] = kept[(last_year_ - year) / interval] * share(restored_age_ + static_cast<double>(last_year_ - year));
    }

private:
    [[nodiscard]] double share(double age) const { return std::min(age / service_life_, 1.0); }

    double service_life_ = 1.0;
    double restored_age_ = 0.0;
    Index last_year_ = 0;
    std::vector<double> unrepaired_;
};

double repair_at_end(const NetworkView& network, Index curve) { return network.repair_cost[at((curve + 1) * health_knots - 1)]; }

}  // namespace

void evaluate_expected_costs(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, std::span<double> slots,
                             std::span<double> variance, core::Simd simd, const core::Execution& execution) {
    for_groups(network, layout, scatter, simd, execution, [&] {
        return [&](GroupScatter& own, Index group) {
            own.sum_costs(slots.data() + group * layout.group_slots(), variance.data() + group * layout.group_slots());
        };
    });
}

void evaluate_expected_costs_of(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, Indices plans,
                                std::span<double> slots, std::span<double> variance, const core::Execution& execution) {
    std::vector<Index> order(plans.size());
    std::iota(order.begin(), order.end(), Index{0});
    std::ranges::stable_sort(order, {}, [&](Index group) { return plans[at(group)]; });
    std::ranges::fill(slots, 0.0);
    std::ranges::fill(variance, 0.0);
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        std::unique_ptr<ScatterTables> tables;
        std::unique_ptr<GroupScatter> own;
        for (Index i = begin; i < end; ++i) {
            const Index group = order[at(i)];
            const Index plan = plans[at(group)];
            if (layout.plan(plan).level == never) continue;
            if (own == nullptr || plan != plans[at(order[at(i - 1)])]) {
                tables = std::make_unique<ScatterTables>(layout.of_plan(plan), scatter);
                own = std::make_unique<GroupScatter>(*tables, core::widest_simd());
            }
            own->fill(network, group);
            own->sum_costs(slots.data() + group * layout.most_slots(), variance.data() + group * layout.most_slots());
        }
    });
}

void evaluate_falls(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, const CurveMinima& minima,
                    std::span<double> falls, core::Simd simd, const core::Execution& execution) {
    for_groups(network, layout, scatter, simd, execution, [&] {
        return [&](GroupScatter& own, Index group) {
            const Index first = network.group_offsets[at(group)];
            auto next = std::ranges::lower_bound(minima.curves, first) - minima.curves.begin();
            for (; next < std::ssize(minima.curves) && minima.curves[at(next)] < network.group_offsets[at(group + 1)]; ++next)
                own.find_falls(minima.curves[at(next)] - first, minima.health[at(next)], minima.earliest[at(group)],
                               falls.data() + next * layout.plans());
        };
    });
}

void evaluate_expected_shortfall(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter,
                                 const Threshold& threshold, Numbers weights, std::span<double> cost, core::Simd simd,
                                 const core::Execution& execution) {
    for_groups(network, layout, scatter, simd, execution, [&] {
        return [&, values = ShortfallValues(threshold.health, weights)](GroupScatter& own, Index group) mutable {
            double* const of_plans = cost.data() + group * layout.plans();
            std::fill_n(of_plans, layout.plans(), 0.0);
            const Index first = network.group_offsets[at(group)];
            for (Index curve = first; curve < network.group_offsets[at(group + 1)]; ++curve)
                own.add_values(curve - first, threshold.importance[at(group)] * repair_at_end(network, curve), values, of_plans);
        };
    });
}

void evaluate_expected_used_value(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter,
                                  std::span<double> used, core::Simd simd, const core::Execution& execution) {
    for_groups(network, layout, scatter, simd, execution, [&] {
        return [&, values = UsedLife(layout.horizon())](GroupScatter& own, Index group) mutable {
            double* const of_plans = used.data() + group * layout.plans();
            std::fill_n(of_plans, layout.plans(), 0.0);
            if (own.last_year() < layout.horizon()) return;  // the bridge is removed
            const Index first = network.group_offsets[at(group)];
            for (Index curve = first; curve < network.group_offsets[at(group + 1)]; ++curve)
                own.add_values(curve - first, repair_at_end(network, curve), values, of_plans);
        };
    });
}

}  // namespace nagamochi::planning
