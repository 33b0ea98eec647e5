#pragma once

#include <vector>

#include "nagamochi/planning/relaxation.hpp"

namespace nagamochi::planning::relaxation {

class BridgeValues;

// Plans near the best of their bridges at given prices: at prices near these only they can be the best, and whoever prices them reads no
// others.
class NearPlans {
public:
    // Of bridges that are added in blocks.
    NearPlans(const RelaxationProblem& problem, Index blocks);

    // Adds the plans of the bridge whose values these are: its timetables, and in these the rules of its groups, whose values are at most
    // ratio x (the least + margin).
    void add(Index block, const BridgeValues& values, double ratio, double margin);

    // Calls visit(plan, costs, slots) for each plan of a group, in the order of the layout; behind the slots follows what a plan adds to
    // the cost, where plans add anything.
    template <typename Visit>
    void visit(Index group, const Visit& visit) const {
        const Place& place = places_[at(group)];
        const Block& block = blocks_[at(place.block)];
        const double* costs = block.costs.data() + place.costs;
        for (Index i = place.first; i < place.last; ++i) {
            const Index plan = block.plans[at(i)];
            visit(plan, costs, slots_[at(plan)]);
            costs += slots_[at(plan)] + (problem_.additions.empty() ? 0 : 1);
        }
    }

private:
    struct Block {
        std::vector<Index> plans;
        std::vector<double> costs;
    };
    struct Place {
        Index block = 0;
        Index first = 0;  // of its plans
        Index last = 0;
        Index costs = 0;
    };

    void add_group(Index block, Index group, const std::vector<Index>& plans);

    const RelaxationProblem& problem_;
    std::vector<Index> slots_;   // (plans)
    std::vector<Place> places_;  // (groups)
    std::vector<Block> blocks_;
};

}  // namespace nagamochi::planning::relaxation
