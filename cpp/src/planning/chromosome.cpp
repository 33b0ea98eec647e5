#include "nagamochi/planning/chromosome.hpp"

namespace nagamochi::planning {

Chromosome::Chromosome(const PlanLayout& layout, Indices bridge_groups, bool interval_per_bridge)
    : layout_(layout), bridge_groups_(bridge_groups), interval_per_bridge_(interval_per_bridge) {
    const auto intervals = static_cast<Gene>(layout.intervals().size());
    if (!interval_per_bridge) choices_.push_back(intervals);
    for (std::size_t bridge = 0; bridge + 1 < bridge_groups.size(); ++bridge) {
        if (interval_per_bridge) choices_.push_back(intervals);
        choices_.push_back(static_cast<Gene>(layout.first_years().size()));
        choices_.insert(choices_.end(), at(bridge_groups[bridge + 1] - bridge_groups[bridge]), static_cast<Gene>(layout.rules()));
    }
}

void Chromosome::decode(std::span<const Gene> genes, std::span<Index> plans) const {
    const Gene* gene = genes.data();
    Gene interval = *gene;
    if (!interval_per_bridge_) ++gene;
    for (std::size_t bridge = 0; bridge + 1 < bridge_groups_.size(); ++bridge) {
        if (interval_per_bridge_) interval = *gene++;
        const Gene first_year = *gene++;
        for (Index group = bridge_groups_[bridge]; group < bridge_groups_[bridge + 1]; ++group)
            plans[at(group)] = layout_.index(interval, *gene++, first_year);
    }
}

void Chromosome::encode(Indices plans, std::span<Gene> genes) const {
    const Index first_years = std::ssize(layout_.first_years());
    const auto interval = [&](Index group) { return static_cast<Gene>(plans[at(group)] / layout_.lanes()); };
    Gene* gene = genes.data();
    if (!interval_per_bridge_) *gene++ = interval(0);
    for (std::size_t bridge = 0; bridge + 1 < bridge_groups_.size(); ++bridge) {
        const Index first = bridge_groups_[bridge];
        if (interval_per_bridge_) *gene++ = interval(first);
        *gene++ = static_cast<Gene>(plans[at(first)] % first_years);
        for (Index group = first; group < bridge_groups_[bridge + 1]; ++group)
            *gene++ = static_cast<Gene>(layout_.rule_index(plans[at(group)]));
    }
}

}  // namespace nagamochi::planning
