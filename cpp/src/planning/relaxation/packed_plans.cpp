#include "packed_plans.hpp"

#include <algorithm>
#include <limits>

#include "bridge_use.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index least_saving = 2;  // packed are bridges that may have at most one in so many timetables
constexpr Index bridges_per_chunk = 64;

// Timetables in which each group of a bridge has an allowed plan.
std::vector<Index> open_timetables(const RelaxationProblem& problem, Index bridge) {
    std::vector<Index> open;
    const auto allows = [&](Index group, Index t) {
        for (Index rule = 0; rule < problem.layout.rules(); ++rule)
            if (problem.allows(group * problem.layout.plans() + plan_of(problem.layout, t, rule))) return true;
        return false;
    };
    for (Index t = 0; t < timetables(problem.layout); ++t) {
        Index group = problem.bridge_groups[at(bridge)];
        while (group < problem.bridge_groups[at(bridge + 1)] && allows(group, t)) ++group;
        if (group == problem.bridge_groups[at(bridge + 1)]) open.push_back(t);
    }
    return open;
}

void pack(const RelaxationProblem& problem, Index group, Index t, double* block) {
    const PlanLayout& layout = problem.layout;
    const Index width = PackedPlans::width(layout);
    const Index slots = PackedPlans::rows(layout, t) - 2;
    for (Index rule = 0; rule < layout.rules(); ++rule) {
        const Index plan = plan_of(layout, t, rule);
        const Index cell = group * layout.plans() + plan;
        const double* const slot = problem.slots_of(group, plan);
        for (Index k = 0; k < slots; ++k) block[k * width + rule] = slot[k * layout.lanes()];
        if (!problem.additions.empty()) block[slots * width + rule] = problem.additions[at(cell)];
        if (!problem.allows(cell)) block[(slots + 1) * width + rule] = std::numeric_limits<double>::infinity();
    }
}

}  // namespace

PackedPlans::PackedPlans(const RelaxationProblem& problem, int threads) : offsets_(at(problem.groups()), 0) {
    const PlanLayout& layout = problem.layout;
    for (Index t = 0; t < relaxation::timetables(layout); ++t) block_size_ = std::max(block_size_, rows(layout, t) * width(layout));
    Index size = 0;
    for (Index bridge = 0; bridge < problem.bridges(); ++bridge) {
        std::vector<Index> open = problem.allowed.empty() ? std::vector<Index>() : open_timetables(problem, bridge);
        if (least_saving * std::ssize(open) > relaxation::timetables(layout)) open.clear();
        for (Index group = problem.bridge_groups[at(bridge)]; group < problem.bridge_groups[at(bridge + 1)]; ++group) {
            offsets_[at(group)] = size;
            size += std::ssize(open) * block_size_;
        }
        timetables_.insert(timetables_.end(), open.begin(), open.end());
        first_.push_back(std::ssize(timetables_));
    }
    data_.assign(at(size), 0.0);
    core::parallel_for(problem.bridges(), bridges_per_chunk, {.threads = threads}, [&](Index begin, Index end) {
        for (Index bridge = begin; bridge < end; ++bridge)
            for (Index group = problem.bridge_groups[at(bridge)]; group < problem.bridge_groups[at(bridge + 1)]; ++group)
                for (Index i = 0; i < std::ssize(timetables(bridge)); ++i)
                    pack(problem, group, timetables(bridge)[at(i)], data_.data() + offsets_[at(group)] + i * block_size_);
    });
}

}  // namespace nagamochi::planning::relaxation
