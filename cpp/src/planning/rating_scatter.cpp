#include "nagamochi/planning/rating_scatter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "group_terms.hpp"
#include "nagamochi/core/dispatch.hpp"
#include "nagamochi/core/powers.hpp"
#include "scatter_lanes.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index groups_per_chunk = 64;
constexpr double largest_per_loss = 1e300;

struct NormalTable {
    std::array<double, normal_numbers> probability{};
    std::array<double, normal_numbers> density{};
};

// The probability of 0 to z, from a series without differences.
double probability_up_to(double z, double density) {
    double term = z * density;
    double sum = 0.0;
    for (int n = 3; sum + term != sum; n += 2) {
        sum += term;
        term *= z * z / n;
    }
    return sum;
}

NormalTable tabulate_normal() {
    constexpr double density_at_0 = 0.3989422804014327;
    constexpr double inverse_root_of_e = 0.6065306597126334;
    NormalTable table;
    for (Index step = -normal_end + 1; step < normal_end; ++step) {
        const double z = static_cast<double>(step) * normal_step;
        const double density = density_at_0 * core::power_of(inverse_root_of_e, z * z);
        const double half = probability_up_to(std::abs(z), density);
        table.probability[at(step + normal_end)] = std::clamp(z < 0.0 ? 0.5 - half : 0.5 + half, 0.0, 1.0);
        table.density[at(step + normal_end)] = density;
    }
    table.probability.back() = 1.0;
    return table;
}

const NormalTable& normal_table() {
    static const NormalTable table = tabulate_normal();
    return table;
}

bool is_exact(const RatingScatter& scatter) { return scatter.rated.empty() && scatter.deviation == 0.0; }

// The levels at which curves are found by their health, where ratings are nothing but biased.
PlanLayout found_by_health(const PlanLayout& layout, const RatingScatter& scatter) {
    std::vector<double> levels = layout.levels();
    if (is_exact(scatter))
        for (Index level = 0; level < layout.repairing_levels(); ++level) levels[at(level)] -= scatter.bias;
    return {levels, layout.first_years(), layout.intervals(), layout.horizon(), layout.delays()};
}

// Ratings at the levels of a layout, for the kernels.
class RatingTables {
public:
    RatingTables(const PlanLayout& layout, const RatingScatter& scatter)
        : exact_(is_exact(scatter)),
          per_loss_(std::min(1.0 / scatter.deviation, largest_per_loss)),
          rated_(scatter.rated.empty() ? 0 : layout.levels().size() * 8) {
        for (const double level : layout.levels())
            losses_.push_back(deterioration::health_as_new - level - deterioration::level_tolerance + scatter.bias);
        for (Index cell = 0; cell < std::ssize(rated_); ++cell) {
            const Index grade = std::min(cell % 8, health_knots - 1);
            const double level = layout.levels()[at(cell / 8)] + deterioration::level_tolerance;
            for (Index rated = 0; rated < health_knots; ++rated)
                if (deterioration::health_as_new - static_cast<double>(rated) <= level)
                    rated_[at(cell)] += scatter.rated[at(grade * health_knots + rated)];
            rated_[at(cell)] = std::min(rated_[at(cell)], 1.0);
        }
    }

    [[nodiscard]] LevelRatings view() const {
        return {.exact = exact_,
                .per_loss = per_loss_,
                .losses = losses_.data(),
                .rated = rated_.empty() ? nullptr : rated_.data(),
                .normal = normal_table().probability.data(),
                .density = normal_table().density.data()};
    }

private:
    bool exact_;
    double per_loss_;
    std::vector<double> losses_;
    std::vector<double> rated_;
};

bool rise_by_one(const std::vector<int>& years) {
    for (std::size_t i = 1; i < years.size(); ++i)
        if (years[i] != years[i - 1] + 1) return false;
    return years.size() <= 8;
}

// A layout, for the kernels.
class GridTables {
public:
    explicit GridTables(const PlanLayout& layout)
        : levels_(static_cast<int>(layout.repairing_levels())),
          horizon_(static_cast<int>(layout.horizon())),
          delays_(layout.delays().begin(), layout.delays().end()),
          first_years_(layout.first_years().begin(), layout.first_years().end()),
          intervals_(layout.intervals().begin(), layout.intervals().end()) {
        for (Index i = 0; i < std::ssize(layout.intervals()); ++i) {
            slots_.push_back(static_cast<int>(layout.block_slots(i)));
            for (Index slot = 0; slot < layout.block_slots(i); ++slot) add_slot(layout, i, slot);
        }
    }

    [[nodiscard]] ScatterGrid grid() const {
        return {.levels = levels_,
                .delays = static_cast<int>(delays_.size()),
                .first_years = static_cast<int>(first_years_.size()),
                .intervals = static_cast<int>(intervals_.size()),
                .horizon = horizon_,
                .consecutive = rise_by_one(first_years_),
                .delay = delays_.data(),
                .first_year = first_years_.data(),
                .interval = intervals_.data(),
                .slots = slots_.data(),
                .repair_year = repair_year_.data()};
    }

private:
    void add_slot(const PlanLayout& layout, Index interval, Index slot) {
        const Index begin = std::ssize(repair_year_);
        const Index lanes = levels_ * std::ssize(delays_) * std::ssize(first_years_);
        for (Index lane = 0; lane < lanes; ++lane)
            repair_year_.push_back(static_cast<double>(layout.plan(interval * layout.lanes() + lane).repair_year(slot)));
        repair_year_.resize(at(begin + lanes + scatter_padding), std::numeric_limits<double>::infinity());
    }

    int levels_;
    int horizon_;
    std::vector<int> delays_;
    std::vector<int> first_years_;
    std::vector<int> intervals_;
    std::vector<int> slots_;
    std::vector<double> repair_year_;
};

// One curve under one plan, by the inspection of its last repair; without tables it is never found.
class CurveStates {
public:
    explicit CurveStates(Index most_slots)
        : kept_(at(most_slots + 2)), again_(at(most_slots + 2)), repaired_(at(most_slots)), unrepaired_(at(most_slots + 1)) {}

    // After a repair, which may be in any slot.
    void follow_repaired(const double* found_since, const Plan& plan, Index last_year) {
        kept_[0] = 1.0;
        for (Index after = 1; after * plan.interval <= last_year; ++after) {
            const double found = found_since == nullptr ? 0.0 : found_since[after * plan.interval - plan.delay];
            again_[at(after)] = kept_[at(after - 1)] * found;
            kept_[at(after)] = kept_[at(after - 1)] * (1.0 - found);
        }
    }

    void follow_unrepaired(const double* found, const Plan& plan, Index last_year) {
        slots_ = PlanLayout::slots(plan, last_year);
        unrepaired_[0] = 1.0;
        for (Index slot = 0; slot < slots_; ++slot) {
            const double here = found == nullptr ? 0.0 : found[plan.first_year + slot * plan.interval];
            double repaired = unrepaired_[at(slot)] * here;
            for (Index after = 1; after <= slot; ++after) repaired += repaired_[at(slot - after)] * again_[at(after)];
            repaired_[at(slot)] = repaired;
            unrepaired_[at(slot + 1)] = unrepaired_[at(slot)] * (1.0 - here);
        }
    }

    [[nodiscard]] Index slots() const { return slots_; }
    [[nodiscard]] double repaired(Index slot) const { return repaired_[at(slot)]; }      // in this slot
    [[nodiscard]] double unrepaired(Index slot) const { return unrepaired_[at(slot)]; }  // before this slot
    [[nodiscard]] double kept(Index after) const { return kept_[at(after)]; }            // so many slots after a repair without another

private:
    Index slots_ = 0;
    std::vector<double> kept_;
    std::vector<double> again_;  // found first so many slots after a repair
    std::vector<double> repaired_;
    std::vector<double> unrepaired_;
};

// Memory for one curve after another, and the terms of their group.
class GroupScatter {
public:
    GroupScatter(const PlanLayout& layout, const PlanLayout& found, const GridTables& tables, const RatingTables& ratings, core::Simd simd)
        : layout_(layout),
          grid_(tables.grid()),
          ratings_(ratings.view()),
          kernels_(core::kernel_for<scatter_kernels_baseline, scatter_kernels_avx2, scatter_kernels_avx512>(simd)()),
          terms_(found, simd),
          by_year_(at(grid_.years() * (4 + 2 * std::max(grid_.levels, 1)))),
          by_slot_(at(std::max<Index>(layout.most_slots(), 1) * (3 * grid_.stride() + lanes_together) + grid_.stride())),
          sums_(at(total_slots() * grid_.stride() * 3)),
          falls_(at(grid_.intervals * grid_.stride())),
          states_(layout.horizon()) {}

    // Costs and variances of the slots of a group.
    void sum_costs(const NetworkView& network, Index group, double* slots, double* variance) {
        terms_.fill(network, group);
        const double access = network.access_cost_of(group);
        const Index block = total_slots() * grid_.stride();
        std::ranges::fill(sums_, 0.0);
        std::fill(sums_.begin() + 2 * block, sums_.end(), 1.0);
        const ScatterSums sums{
            .costs = sums_.data(), .variances = sums_.data() + block, .unpaid = access == 0.0 ? nullptr : sums_.data() + 2 * block};
        for (const CurveTerms& curve : terms_.curves()) {
            kernels_.fill_years(curve, grid_, ratings_, last_year(), memory());
            kernels_.add_costs(grid_, last_year(), memory(), sums);
        }
        std::fill_n(slots, layout_.group_slots(), 0.0);
        std::fill_n(variance, layout_.group_slots(), 0.0);
        for (Index slot = 0; slot < total_slots(); ++slot) {
            for (Index lane = 0; lane < grid_.lanes(); ++lane) {
                const Index cell = slot * grid_.stride() + lane;
                const double paid = sums.unpaid == nullptr ? 0.0 : 1.0 - sums.unpaid[cell];
                // Where nothing is paid, repairs cost nothing: what they cost and whether they do vary together.
                slots[slot * layout_.lanes() + lane] = sums.costs[cell] + access * paid;
                variance[slot * layout_.lanes() + lane] =
                    sums.variances[cell] + access * (1.0 - paid) * (access * paid + 2.0 * sums.costs[cell]);
            }
        }
    }

    void fill(const NetworkView& network, Index group) { terms_.fill(network, group); }

    // The probability that a curve of the group filled falls below a health from year `earliest` on.
    void find_falls(Index curve, double minimum, Index earliest, double* falls) {
        tabulate(curve);
        const auto first_below = [&](const double* loss, Index begin) {
            Index year = begin;
            while (year <= last_year() && deterioration::health_as_new - loss[year] >= minimum - deterioration::level_tolerance) ++year;
            return static_cast<int>(std::min<Index>(year, last_year() + 1));
        };
        const Index repairable = std::max<Index>(earliest, terms(curve).last_work) + std::ranges::min(layout_.delays());
        const FallYears years{.unrepaired = first_below(memory().loss, repairable), .since_repair = first_below(memory().loss_since, 0)};
        kernels_.find_falls(grid_, last_year(), memory(), years, falls_.data());
        for (Index interval = 0; interval < grid_.intervals; ++interval) {
            double* const own = falls + interval * layout_.lanes();
            std::fill_n(own, layout_.lanes(), years.unrepaired <= last_year() ? 1.0 : 0.0);
            std::copy_n(falls_.data() + interval * grid_.stride(), grid_.lanes(), own);
        }
    }

    // Tables of one curve of the group filled.
    void tabulate(Index curve) { kernels_.fill_years(terms(curve), grid_, ratings_, last_year(), memory()); }

    // Calls body(index, plan, states) for all plans of the curve tabulated, and begin(interval, states) before those of each rule.
    template <class Begin, class Body>
    void follow(Begin begin, Body body) {
        const Index first_years = std::ssize(layout_.first_years());
        for (Index index = 0; index < layout_.plans(); ++index) {
            const Plan plan = layout_.plan(index);
            const Index level = layout_.rule(layout_.rule_index(index)).level;
            const bool repairs = level < grid_.levels;
            if (index % first_years == 0) {
                states_.follow_repaired(repairs ? memory().found_since + level * grid_.years() : nullptr, plan, last_year());
                begin(plan.interval, states_);
            }
            states_.follow_unrepaired(repairs ? memory().found + level * grid_.years() : nullptr, plan, last_year());
            body(index, plan, states_);
        }
    }

    [[nodiscard]] const CurveTerms& terms(Index curve) const { return terms_.curves()[at(curve)]; }
    [[nodiscard]] Index curves() const { return std::ssize(terms_.curves()); }
    [[nodiscard]] const double* loss() { return memory().loss; }
    [[nodiscard]] const double* loss_since() { return memory().loss_since; }
    [[nodiscard]] int last_year() const { return static_cast<int>(terms_.last_year()); }

private:
    [[nodiscard]] Index total_slots() const { return layout_.group_slots() / layout_.lanes(); }

    [[nodiscard]] ScatterMemory memory() {
        const Index years = grid_.years();
        const Index block = std::max<Index>(layout_.most_slots(), 1) * grid_.stride();
        double* const by_year = by_year_.data();
        double* const by_slot = by_slot_.data();
        return {.loss = by_year,
                .loss_since = by_year + years,
                .cost = by_year + 2 * years,
                .cost_since = by_year + 3 * years,
                .found = by_year + 4 * years,
                .found_since = by_year + (4 + grid_.levels) * years,
                .first_found = by_slot,
                .first_cost = by_slot + block,
                .again = by_slot + 2 * block,
                .repaired = by_slot + 3 * block + grid_.stride(),
                .unsaved = by_slot + 3 * block};
    }

    const PlanLayout& layout_;
    ScatterGrid grid_;
    LevelRatings ratings_;
    ScatterKernels kernels_;
    GroupTerms terms_;
    std::vector<double> by_year_;
    std::vector<double> by_slot_;
    std::vector<double> sums_;
    std::vector<double> falls_;
    CurveStates states_;
};

// What one curve's shortfall costs, by the year of its last repair.
class ShortfallByState {
public:
    ShortfallByState(double threshold, Numbers weights) : tolerable_loss_(deterioration::health_as_new - threshold), weights_(weights) {}

    void fill(const double* loss, const double* loss_since, Index last_year) {
        last_year_ = last_year;
        unrepaired_.assign(1, 0.0);
        for (Index year = 1; year <= last_year; ++year)
            unrepaired_.push_back(unrepaired_.back() + weights_[at(year - 1)] * shortfall(loss[year]));
        in_year_since_.clear();
        for (Index year = 0; year < last_year; ++year)
            in_year_since_.push_back((year == 0 ? 1.0 : weights_[at(year - 1)]) * shortfall(loss_since[year]));
        const auto first = std::ranges::find_if(in_year_since_, [](double yen) { return yen > 0.0; });
        years_without_ = first - in_year_since_.begin();
        since_.assign(in_year_since_.size() + 1, 0.0);
    }

    // Whether the curve falls short under any plan.
    [[nodiscard]] bool any() const { return unrepaired_.back() > 0.0 || years_without_ < last_year_; }

    // Years since a repair as long as no other follows, at their value in its year.
    void fill_since(Index interval, const CurveStates& states) {
        for (Index year = years_without_; year < last_year_;) {
            const Index after = year / interval;
            const double kept = states.kept(after);
            for (const Index end = std::min((after + 1) * interval, last_year_); year < end; ++year)
                since_[at(year + 1)] = since_[at(year)] + in_year_since_[at(year)] * kept;
        }
    }

    [[nodiscard]] double sum(const Plan& plan, const CurveStates& states) const {
        double total = 0.0;
        Index begin = 0;
        for (Index slot = 0; slot < states.slots(); ++slot) {
            const Index year = plan.repair_year(slot);
            total += states.unrepaired(slot) * (unrepaired_[at(year - 1)] - unrepaired_[at(begin)]);
            total += weights_[at(year - 1)] * states.repaired(slot) * since_[at(last_year_ - year + 1)];
            begin = year - 1;
        }
        return total + states.unrepaired(states.slots()) * (unrepaired_.back() - unrepaired_[at(begin)]);
    }

private:
    [[nodiscard]] double shortfall(double loss) const { return std::max(loss - tolerable_loss_, 0.0); }

    double tolerable_loss_;
    Numbers weights_;
    Index last_year_ = 0;
    Index years_without_ = 0;            // any shortfall, since a repair
    std::vector<double> unrepaired_;     // over years 1..y
    std::vector<double> in_year_since_;  // by years since a repair, at its value in the year of the repair
    std::vector<double> since_;          // the same over so many years, as long as no other repair follows
};

double repair_at_end(const NetworkView& network, Index curve) { return network.repair_cost[at((curve + 1) * health_knots - 1)]; }

}  // namespace

void evaluate_expected_costs(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, std::span<double> slots,
                             std::span<double> variance, core::Simd simd, const core::Execution& execution) {
    const PlanLayout found = found_by_health(layout, scatter);
    const GridTables tables(layout);
    const RatingTables ratings(layout, scatter);
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupScatter own(layout, found, tables, ratings, simd);
        for (Index group = begin; group < end; ++group)
            own.sum_costs(network, group, slots.data() + group * layout.group_slots(), variance.data() + group * layout.group_slots());
    });
}

void evaluate_falls(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, const CurveMinima& minima,
                    std::span<double> falls, core::Simd simd, const core::Execution& execution) {
    const PlanLayout found = found_by_health(layout, scatter);
    const GridTables tables(layout);
    const RatingTables ratings(layout, scatter);
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupScatter own(layout, found, tables, ratings, simd);
        auto next = std::ranges::lower_bound(minima.curves, network.group_offsets[at(begin)]) - minima.curves.begin();
        for (Index group = begin; group < end; ++group) {
            const Index first = network.group_offsets[at(group)];
            const Index last = network.group_offsets[at(group + 1)];
            if (next == std::ssize(minima.curves) || minima.curves[at(next)] >= last) continue;
            own.fill(network, group);
            for (; next < std::ssize(minima.curves) && minima.curves[at(next)] < last; ++next)
                own.find_falls(minima.curves[at(next)] - first, minima.health[at(next)], minima.earliest[at(group)],
                               falls.data() + next * layout.plans());
        }
    });
}

void evaluate_expected_shortfall(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter,
                                 const Threshold& threshold, Numbers weights, std::span<double> cost, const core::Execution& execution) {
    const PlanLayout found = found_by_health(layout, scatter);
    const GridTables tables(layout);
    const RatingTables ratings(layout, scatter);
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupScatter own(layout, found, tables, ratings, core::widest_simd());
        ShortfallByState by_state(threshold.health, weights);
        for (Index group = begin; group < end; ++group) {
            own.fill(network, group);
            const auto of_plans = cost.subspan(at(group * layout.plans()), at(layout.plans()));
            std::ranges::fill(of_plans, 0.0);
            for (Index curve = 0; curve < own.curves(); ++curve) {
                const double point = threshold.importance[at(group)] * repair_at_end(network, network.group_offsets[at(group)] + curve);
                own.tabulate(curve);
                by_state.fill(own.loss(), own.loss_since(), own.last_year());
                if (!by_state.any()) continue;
                own.follow([&](Index interval, const CurveStates& states) { by_state.fill_since(interval, states); },
                           [&](Index index, const Plan& plan, const CurveStates& states) {
                               of_plans[at(index)] += point * by_state.sum(plan, states);
                           });
            }
        }
    });
}

void evaluate_expected_used_value(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter,
                                  std::span<double> used, const core::Execution& execution) {
    const PlanLayout found = found_by_health(layout, scatter);
    const GridTables tables(layout);
    const RatingTables ratings(layout, scatter);
    core::parallel_for(network.groups(), groups_per_chunk, execution, [&](Index begin, Index end) {
        GroupScatter own(layout, found, tables, ratings, core::widest_simd());
        for (Index group = begin; group < end; ++group) {
            own.fill(network, group);
            const auto of_plans = used.subspan(at(group * layout.plans()), at(layout.plans()));
            std::ranges::fill(of_plans, 0.0);
            for (Index curve = 0; curve < own.curves() && own.last_year() == layout.horizon(); ++curve) {
                const Index number = network.group_offsets[at(group)] + curve;
                const CurveTerms& terms = own.terms(curve);
                const auto share = [&](double age) { return std::min(age / network.service_life[at(number)], 1.0); };
                own.tabulate(curve);
                own.follow([](Index, const CurveStates&) {},
                           [&](Index index, const Plan& plan, const CurveStates& states) {
                               double total = states.unrepaired(states.slots()) * share(terms.age + static_cast<double>(layout.horizon()));
                               for (Index slot = 0; slot < states.slots(); ++slot) {
                                   const Index years = layout.horizon() - plan.repair_year(slot);
                                   total += states.repaired(slot) * states.kept(years / plan.interval) *
                                            share(terms.restored_age + static_cast<double>(years));
                               }
                               of_plans[at(index)] += repair_at_end(network, number) * total;
                           });
            }
        }
    });
}

}  // namespace nagamochi::planning
