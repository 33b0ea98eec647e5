#include "derived_rows.hpp"

#include <algorithm>
#include <cmath>

#include "exact_bound.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index most_parts = 8;
constexpr Index most_counts = Index{1} << 23;  // 64 MiB
constexpr Index roundings = 16;                // by which rooms are larger, so that nobody's rounding makes more parts
constexpr double least_share = 1e-6;
constexpr double least_break = 0.01;  // of a row's unit
constexpr Index rows_per_round = 60;
constexpr Index most_cells = 1000;       // among which plans are sought that exclude each other
constexpr Index most_candidates = 1000;  // to extend them by

}  // namespace

DerivedRows::DerivedRows(const RelaxationProblem& problem, const Rows& rows, std::span<const std::uint8_t> possible, Index interval,
                         int threads)
    : problem_(problem), rows_(rows), possible_(possible), ranges_{interval}, room_(least_use(problem, rows, ranges_, threads)) {
    for (Index row = 0; row < rows.rows(); ++row) {
        Index& room = room_[at(row)];
        const Index bound = problem.rows.bounds[at(row)];
        if (room == unusable || bound < room || bound > unusable / most_parts / 2) {
            room = unusable;
            continue;
        }
        room = bound - room + roundings * rounding(problem, row);
    }
}

// Calls use(group, plan, excess) for every plan that may be chosen.
template <class Use>
void DerivedRows::for_each_cell(Use&& use) const {
    const PlanLayout& layout = problem_.layout;
    BridgeUse bridge_use(problem_, rows_);
    std::vector<Index> least(room_.size());
    std::vector<Index> excess(room_.size());
    for (Index bridge = 0; bridge < problem_.bridges(); ++bridge) {
        bridge_use.measure(bridge, ranges_);
        std::ranges::fill(least, unusable);
        bridge_use.lower(ranges_.front(), least.data());
        const TimetableRange range = timetables_of(layout, ranges_.front());
        const Index first = problem_.bridge_groups[at(bridge)];
        for (Index group = first; group < problem_.bridge_groups[at(bridge + 1)]; ++group)
            for (Index t = range.begin; t < range.end; ++t) {
                if (!bridge_use.usable(t)) continue;
                for (Index rule = 0; rule < layout.rules(); ++rule) {
                    const Index plan = plan_of(layout, t, rule);
                    const Index cell = group * layout.plans() + plan;
                    if (!problem_.allows(cell) || (!possible_.empty() && possible_[at(cell)] == 0)) continue;
                    bridge_use.excess(group - first, plan, least.data(), excess);
                    use(group, plan, excess);
                }
            }
    }
}

Index DerivedRows::add_broken(const std::vector<double>& shares) {
    std::vector<Index> excess;
    const std::vector<Cell> cells = shared_cells(shares, excess);
    std::vector<Broken> broken;
    find_parts(cells, broken);
    find_exclusive(cells, broken);
    std::ranges::stable_sort(broken, std::ranges::greater(), &Broken::by);
    const Index room = most_counts / (problem_.groups() * problem_.layout.plans()) - std::ssize(derived_);
    broken.resize(at(std::clamp<Index>(std::min(room, rows_per_round), 0, std::ssize(broken))));
    extend(broken);
    append(broken);
    return std::ssize(broken);
}

std::vector<DerivedRows::Cell> DerivedRows::shared_cells(const std::vector<double>& shares, std::vector<Index>& excess) const {
    std::vector<Cell> cells;
    for_each_cell([&](Index group, Index plan, const std::vector<Index>& own) {
        const double share = shares[at(group * problem_.layout.plans() + plan)];
        if (share < least_share) return;
        cells.push_back({.group = group, .plan = plan, .share = share, .excess = nullptr});
        excess.insert(excess.end(), own.begin(), own.end());
    });
    for (std::size_t k = 0; k < cells.size(); ++k) cells[k].excess = excess.data() + k * room_.size();
    return cells;
}

Index DerivedRows::parts_of(Index row, Index parts, Index excess) const {
    return static_cast<Index>(static_cast<WideInteger>(excess) * parts / (room_[at(row)] + 1));
}

void DerivedRows::find_parts(const std::vector<Cell>& cells, std::vector<Broken>& broken) const {
    for (Index row = 0; row < rows_.rows(); ++row) {
        if (room_[at(row)] == unusable) continue;
        for (Index parts = 2; parts <= most_parts; ++parts) {
            double total = 0.0;
            for (const Cell& cell : cells) total += cell.share * static_cast<double>(parts_of(row, parts, cell.excess[row]));
            const double by = total - static_cast<double>(parts - 1);
            if (by < least_break) continue;
            const bool known = std::ranges::any_of(derived_, [&](const DerivedRow& d) { return d.row == row && d.parts == parts; });
            if (known) continue;
            const double part = std::ldexp(static_cast<double>(room_[at(row)]), -amount_bits) / static_cast<double>(parts);
            broken.push_back({.by = by, .row = {.row = row, .parts = parts}, .scale = part * rows_.scales()[row]});
        }
    }
}

Index DerivedRows::clash(const Index* one, const Index* other) const {
    for (Index row = 0; row < rows_.rows(); ++row)
        if (room_[at(row)] != unusable && one[row] + other[row] > room_[at(row)]) return row;
    return -1;
}

// From each plan on, those of the largest shares that all exclude each other.
void DerivedRows::find_exclusive(const std::vector<Cell>& cells, std::vector<Broken>& broken) const {
    std::vector<Cell> split;
    for (const Cell& cell : cells)
        if (least_break < cell.share && cell.share < 1.0 - least_break) split.push_back(cell);
    std::ranges::stable_sort(split, std::ranges::greater(), &Cell::share);
    split.resize(at(std::min(std::ssize(split), most_cells)));
    const Index n = std::ssize(split);
    std::vector<std::uint8_t> exclude(at(n * n), 0);
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < i; ++j) {
            const Cell& one = split[at(i)];
            const Cell& other = split[at(j)];
            exclude[at(i * n + j)] = exclude[at(j * n + i)] = one.group == other.group || clash(one.excess, other.excess) >= 0 ? 1 : 0;
        }
    std::vector<std::vector<Index>> found;
    for (Index first = 0; first < n; ++first) {
        std::vector<Index> together = {first};
        double total = split[at(first)].share;
        for (Index i = 0; i < n; ++i) {
            if (!std::ranges::all_of(together, [&](Index j) { return exclude[at(i * n + j)] != 0; })) continue;
            together.push_back(i);
            total += split[at(i)].share;
        }
        std::ranges::sort(together);
        if (total < 1.0 + least_break || std::ranges::find(found, together) != found.end()) continue;
        found.push_back(together);
        Broken& one = broken.emplace_back(Broken{.by = total - 1.0, .row = {}, .scale = 0.0});
        for (const Index i : together) {
            one.row.groups.push_back(split[at(i)].group);
            one.row.plans.push_back(split[at(i)].plan);
            const Index row = clash(split[at(together.front())].excess, split[at(i)].excess);
            if (row >= 0)
                one.scale = std::max(one.scale, std::ldexp(static_cast<double>(room_[at(row)]), -amount_bits) * rows_.scales()[row]);
        }
    }
}

// Adds to plans that exclude each other all plans that exclude them, those that use most first, as far as these exclude each other.
void DerivedRows::extend(std::vector<Broken>& broken) const {
    struct Candidates {
        std::vector<std::vector<Index>> members;  // excess of the plans that are there already
        std::vector<Cell> cells;
        std::vector<std::vector<Index>> excess;
        std::vector<double> sizes;
    };
    std::vector<Candidates> of_rows(broken.size());
    for (std::size_t b = 0; b < broken.size(); ++b) of_rows[b].members.resize(broken[b].row.groups.size());
    for_each_cell([&](Index group, Index plan, const std::vector<Index>& excess) {
        for (std::size_t b = 0; b < broken.size(); ++b) {
            const DerivedRow& row = broken[b].row;
            for (std::size_t i = 0; i < row.groups.size(); ++i)
                if (row.groups[i] == group && row.plans[i] == plan) of_rows[b].members[i] = excess;
        }
    });
    for_each_cell([&](Index group, Index plan, const std::vector<Index>& excess) {
        for (std::size_t b = 0; b < broken.size(); ++b) {
            const DerivedRow& row = broken[b].row;
            Candidates& candidates = of_rows[b];
            bool excluded = !row.groups.empty();
            for (std::size_t i = 0; i < row.groups.size() && excluded; ++i)
                excluded = row.groups[i] == group ? row.plans[i] != plan : clash(candidates.members[i].data(), excess.data()) >= 0;
            if (!excluded) continue;
            double size = 0.0;
            for (Index r = 0; r < rows_.rows(); ++r)
                if (room_[at(r)] != unusable) size += static_cast<double>(excess[at(r)]) / static_cast<double>(room_[at(r)] + 1);
            candidates.cells.push_back({.group = group, .plan = plan, .share = size, .excess = nullptr});
            candidates.excess.push_back(excess);
        }
    });
    for (std::size_t b = 0; b < broken.size(); ++b) {
        std::vector<Cell>& cells = of_rows[b].cells;
        for (std::size_t k = 0; k < cells.size(); ++k) cells[k].excess = of_rows[b].excess[k].data();
        std::ranges::stable_sort(cells, std::ranges::greater(), &Cell::share);
        cells.resize(at(std::min(std::ssize(cells), most_candidates)));
        std::vector<Cell> added;
        for (const Cell& cell : cells) {
            const bool excludes = std::ranges::all_of(
                added, [&](const Cell& other) { return other.group == cell.group || clash(other.excess, cell.excess) >= 0; });
            if (!excludes) continue;
            added.push_back(cell);
            broken[b].row.groups.push_back(cell.group);
            broken[b].row.plans.push_back(cell.plan);
        }
    }
}

void DerivedRows::append(const std::vector<Broken>& broken) {
    const Index cells = problem_.groups() * problem_.layout.plans();
    const std::size_t before = derived_.size();
    for (const Broken& one : broken) {
        derived_.push_back(one.row);
        scales_.push_back(one.scale);
    }
    counts_.resize(derived_.size() * at(cells), 0.0);
    for_each_cell([&](Index group, Index plan, const std::vector<Index>& excess) {
        for (std::size_t d = before; d < derived_.size(); ++d)
            if (derived_[d].groups.empty())
                counts_[d * at(cells) + at(group * problem_.layout.plans() + plan)] =
                    static_cast<double>(parts_of(derived_[d].row, derived_[d].parts, excess[at(derived_[d].row)]));
    });
    for (std::size_t d = before; d < derived_.size(); ++d)
        for (std::size_t i = 0; i < derived_[d].groups.size(); ++i)
            counts_[d * at(cells) + at(derived_[d].groups[i] * problem_.layout.plans() + derived_[d].plans[i])] = 1.0;
}

void DerivedRows::keep_priced(std::vector<double>& prices) {
    const std::size_t cells = at(problem_.groups() * problem_.layout.plans());
    std::size_t kept = 0;
    for (std::size_t d = 0; d < derived_.size(); ++d) {
        if (prices[d] == 0.0) continue;
        if (kept != d) {
            derived_[kept] = std::move(derived_[d]);
            scales_[kept] = scales_[d];
            prices[kept] = prices[d];
            std::copy_n(counts_.begin() + static_cast<std::ptrdiff_t>(d * cells), cells,
                        counts_.begin() + static_cast<std::ptrdiff_t>(kept * cells));
        }
        ++kept;
    }
    derived_.resize(kept);
    scales_.resize(kept);
    prices.resize(kept);
    counts_.resize(kept * cells);
}

DerivedProblem::DerivedProblem(const RelaxationProblem& problem, const Rows& rows, const DerivedRows& derived)
    : problem_(problem), counts_(problem.counts.begin(), problem.counts.end()) {
    const std::size_t more = derived.rows().size();
    const std::size_t width = at(problem.resources());
    counts_.insert(counts_.end(), derived.counts().begin(), derived.counts().end());
    members_.assign(problem.rows.members.begin(), problem.rows.members.end());
    members_.resize(members_.size() + more * at(problem.classes()), 1);
    bounds_.assign(problem.rows.bounds.begin(), problem.rows.bounds.end());
    coefficients_.assign((bounds_.size() + more) * (width + more), 0);
    for (std::size_t row = 0; row < bounds_.size(); ++row)
        std::ranges::copy(problem.rows.coefficients.subspan(row * width, width),
                          coefficients_.begin() + static_cast<std::ptrdiff_t>(row * (width + more)));
    scales_.assign(rows.scales().begin(), rows.scales().end());
    for (std::size_t d = 0; d < more; ++d) {
        coefficients_[bounds_.size() * (width + more) + width + d] = 1;
        bounds_.push_back(DerivedRows::bound(derived.rows()[d]));
        scales_.push_back(derived.scales()[d]);
    }
    const auto plans = static_cast<std::ptrdiff_t>(problem.layout.plans());
    for (auto of_group = counts_.begin(); of_group != counts_.end(); of_group += plans)
        counted_.push_back(std::any_of(of_group, of_group + plans, [](double count) { return count != 0.0; }) ? 1 : 0);
    problem_.counts = counts_;
    problem_.counted = counted_;
    problem_.rows = {.members = members_, .coefficients = coefficients_, .bounds = bounds_, .scales = scales_};
}

}  // namespace nagamochi::planning::relaxation
