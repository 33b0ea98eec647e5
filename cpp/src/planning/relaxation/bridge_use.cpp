#include "bridge_use.hpp"

namespace nagamochi::planning::relaxation {

TimetableRange timetables_of(const PlanLayout& layout, Index interval) {
    const Index first_years = std::ssize(layout.first_years());
    if (interval == all_intervals) return {.begin = 0, .end = timetables(layout)};
    return {.begin = interval * first_years, .end = (interval + 1) * first_years};
}

BridgeUse::BridgeUse(const RelaxationProblem& problem, const Rows& rows)
    : problem_(problem),
      rows_(rows),
      width_(at(rows.rows())),
      resources_(at(rows.resources())),
      timetables_(at(timetables(problem.layout)) * width_) {}

void BridgeUse::measure(Index bridge, const std::vector<Index>& ranges) {
    bridge_ = bridge;
    first_group_ = problem_.bridge_groups[at(bridge)];
    const Index groups = problem_.bridge_groups[at(bridge + 1)] - first_group_;
    plans_.assign(at(groups * problem_.layout.plans()) * width_, 0);
    least_.assign(at(groups) * timetables_.size(), unusable);
    for (const Index interval : ranges) {
        const TimetableRange range = timetables_of(problem_.layout, interval);
        for (Index t = range.begin; t < range.end; ++t) {
            Index* const total = timetables_.data() + at(t) * width_;
            std::ranges::fill(resources_, 0);
            add_inspections(problem_, bridge, plan_of(problem_.layout, t, 0), resources_);
            std::fill_n(total, width_, 0);
            add_rows(total);
            for (Index i = 0; i < groups; ++i) add_group(i, t, total);
        }
    }
}

void BridgeUse::lower(Index interval, Index* least) const {
    const TimetableRange range = timetables_of(problem_.layout, interval);
    for (Index t = range.begin; t < range.end; ++t)
        for (std::size_t row = 0; row < width_; ++row) least[row] = std::min(least[row], timetables_[at(t) * width_ + row]);
}

void BridgeUse::exclude(const Index* least, const Index* room, Index interval, std::uint8_t* possible) const {
    const PlanLayout& layout = problem_.layout;
    const Index groups = problem_.bridge_groups[at(bridge_ + 1)] - first_group_;
    for (Index i = 0; i < groups; ++i)
        for (Index index = 0; index < layout.plans(); ++index) {
            if (interval != all_intervals && index / layout.lanes() != interval) continue;
            const std::size_t cell = at((first_group_ + i) * layout.plans() + index);
            if (possible[cell] == 0) continue;
            const Index t = timetable_of(index);
            const Index* const total = timetables_.data() + at(t) * width_;
            if (total[0] == unusable) continue;
            const Index* const own = plans_.data() + at(i * layout.plans() + index) * width_;
            const Index* const best = least_.data() + at(i) * timetables_.size() + at(t) * width_;
            for (std::size_t row = 0; row < width_ && possible[cell] != 0; ++row)
                if (total[row] - best[row] + own[row] - least[row] > room[row]) possible[cell] = 0;
        }
}

void BridgeUse::excess(Index i, Index plan, const Index* least, std::span<Index> excess) const {
    const std::size_t t = at(timetable_of(plan)) * width_;
    const Index* const own = plans_.data() + at(i * problem_.layout.plans() + plan) * width_;
    const Index* const best = least_.data() + at(i) * timetables_.size() + t;
    for (std::size_t row = 0; row < width_; ++row) excess[row] = own[row] - best[row] + (i == 0 ? timetables_[t + row] - least[row] : 0);
}

Index BridgeUse::timetable_of(Index plan) const {
    const Index first_years = std::ssize(problem_.layout.first_years());
    return plan / problem_.layout.lanes() * first_years + plan % first_years;
}

void BridgeUse::add_group(Index i, Index t, Index* total) {
    Index* const least = least_.data() + at(i) * timetables_.size() + at(t) * width_;
    for (Index rule = 0; rule < problem_.layout.rules(); ++rule) {
        const Index index = plan_of(problem_.layout, t, rule);
        if (!problem_.allowed.empty() && problem_.allowed[at((first_group_ + i) * problem_.layout.plans() + index)] == 0) continue;
        std::ranges::fill(resources_, 0);
        add_plan(problem_, first_group_ + i, index, resources_);
        Index* const own = plans_.data() + at(i * problem_.layout.plans() + index) * width_;
        add_rows(own);
        for (std::size_t row = 0; row < width_; ++row) least[row] = std::min(least[row], own[row]);
    }
    for (std::size_t row = 0; row < width_; ++row)
        total[row] = total[row] == unusable || least[row] == unusable ? unusable : total[row] + least[row];
}

void BridgeUse::add_rows(Index* use) const {
    const Index bridge_class = problem_.class_of_bridge[at(bridge_)];
    for (Index e = 0; e < rows_.resources(); ++e)
        if (resources_[at(e)] != 0)
            for (const RowTerm& term : rows_.terms(bridge_class, e)) use[term.row] += term.coefficient * resources_[at(e)];
}

std::vector<Index> least_use(const RelaxationProblem& problem, const Rows& rows, const std::vector<Index>& ranges, int threads) {
    const std::size_t width = at(rows.rows());
    std::vector<std::vector<Index>> sums(rows.blocks().size());
    core::parallel_for(std::ssize(sums), 1, {.threads = threads}, [&](Index begin, Index end) {
        BridgeUse use(problem, rows);
        std::vector<Index> least(width);
        for (Index b = begin; b < end; ++b) {
            std::vector<Index>& sum = sums[at(b)];
            sum.assign(ranges.size() * width, 0);
            for (Index i = rows.blocks()[at(b)].begin; i < rows.blocks()[at(b)].end; ++i) {
                use.measure(rows.order()[at(i)], ranges);
                for (std::size_t range = 0; range < ranges.size(); ++range) {
                    std::ranges::fill(least, unusable);
                    use.lower(ranges[range], least.data());
                    for (std::size_t row = 0; row < width; ++row) {
                        Index& total = sum[range * width + row];
                        total = total == unusable || least[row] == unusable ? unusable : total + least[row];
                    }
                }
            }
        }
    });
    std::vector<Index> total(ranges.size() * width, 0);
    for (const auto& sum : sums)
        for (std::size_t k = 0; k < total.size(); ++k) total[k] = total[k] == unusable || sum[k] == unusable ? unusable : total[k] + sum[k];
    return total;
}

Index rounding(const RelaxationProblem& problem, Index row) {
    const Indices coefficients = problem.rows.coefficients.subspan(at(row * problem.resources()), at(problem.horizon()));
    if (std::ranges::all_of(coefficients, [](Index coefficient) { return coefficient == 0; })) return 0;
    return (Index{1} << amount_bits) + (std::max<Index>(problem.rows.bounds[at(row)], 0) >> 30);
}

}  // namespace nagamochi::planning::relaxation
