#include "nagamochi/planning/cost_source.hpp"

#include <algorithm>
#include <atomic>

#include "nagamochi/planning/lcc.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index look_ups_per_chunk = 8192;

}  // namespace

void CostSource::request(Indices plans, const core::Execution& execution) {
    slots_.resize(plans.size());
    if (memo_ == nullptr) {
        evaluate_all(plans, execution);
    } else if (!look_up(plans, execution)) {
        evaluate_missing(missing(plans), execution);
        look_up(plans, execution);
    }
    requests_ += std::ssize(plans);
}

void CostSource::evaluate_all(Indices plans, const core::Execution& execution) {
    groups_.resize(plans.size());
    for (std::size_t request = 0; request < plans.size(); ++request) groups_[request] = static_cast<Index>(request) % network_.groups();
    evaluate(groups_, plans, execution);
    for (std::size_t request = 0; request < plans.size(); ++request)
        slots_[request] = evaluated_slots_.data() + request * at(layout_.most_slots());
}

// True if nothing is missing.
bool CostSource::look_up(Indices plans, const core::Execution& execution) {
    std::atomic<bool> complete = true;
    const Index groups = network_.groups();
    const Index individuals = std::ssize(plans) / groups;
    core::parallel_for(individuals, std::max<Index>(look_ups_per_chunk / groups, 1), execution, [&](Index begin, Index end) {
        bool found_all = true;
        for (Index individual = begin; individual < end; ++individual) {
            for (Index group = 0; group < groups; ++group) {
                const auto request = at(individual * groups + group);
                slots_[request] = memo_->find(group, plans[request]);
                found_all &= slots_[request] != nullptr;
            }
        }
        if (!found_all) complete = false;
    });
    return complete;
}

// Every missing pair once, in order of group and plan.
CostSource::Pairs CostSource::missing(Indices plans) const {
    std::vector<Index> pairs;
    for (std::size_t request = 0; request < plans.size(); ++request)
        if (slots_[request] == nullptr) pairs.push_back(static_cast<Index>(request) % network_.groups() * layout_.plans() + plans[request]);
    std::ranges::sort(pairs);
    pairs.erase(std::ranges::unique(pairs).begin(), pairs.end());

    Pairs missing;
    for (const Index pair : pairs) {
        missing.groups.push_back(pair / layout_.plans());
        missing.plans.push_back(pair % layout_.plans());
    }
    return missing;
}

void CostSource::evaluate_missing(const Pairs& pairs, const core::Execution& execution) {
    evaluate(pairs.groups, pairs.plans, execution);
    const auto most_slots = at(layout_.most_slots());
    std::vector<double> record(most_slots + 1);
    for (std::size_t i = 0; i < pairs.groups.size(); ++i) {
        std::copy_n(evaluated_slots_.data() + i * most_slots, most_slots, record.data());
        record.back() = evaluated_health_[i];
        memo_->insert(pairs.groups[i], pairs.plans[i], record);
    }
}

void CostSource::evaluate(Indices groups, Indices plans, const core::Execution& execution) {
    evaluated_slots_.resize(plans.size() * at(layout_.most_slots()));
    evaluated_health_.resize(plans.size());
    evaluate_plans(network_, layout_, groups, plans, evaluated_slots_, evaluated_health_, core::widest_simd(), execution);
    evaluations_ += std::ssize(plans);
}

}  // namespace nagamochi::planning
