#include "nagamochi/planning/shared_errors.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "gauss_legendre.hpp"
#include "group_scatter.hpp"
#include "normal.hpp"

namespace nagamochi::planning {
namespace {

constexpr Index bridges_per_chunk = 16;

// One curve under its plan. A state before an inspection is 0 for a curve that is not repaired yet, else 1 + the inspection of its last
// repair.
class FollowedCurve {
public:
    FollowedCurve(const Plan& plan, Index last_year) : delay_(plan.delay), slots_(PlanLayout::slots(plan, last_year)) {
        first_found_.resize(at(slots_ * gauss_nodes));
        again_found_.resize(at(slots_ * gauss_nodes));
        first_cost_.resize(at(slots_));
        again_cost_.resize(at(slots_));
    }

    void fill(const Plan& plan, Index node, const FoundYears& years) {
        for (Index slot = 0; slot < slots_; ++slot) {
            const Index inspected = plan.first_year + slot * plan.interval;
            first_found_[at(slot * gauss_nodes + node)] = years.found[inspected];
            first_cost_[at(slot)] = years.cost[inspected + delay_ - 1];
            if (slot == 0) continue;
            again_found_[at(slot * gauss_nodes + node)] = years.found_since[slot * plan.interval - delay_];
            again_cost_[at(slot)] = years.cost_since[slot * plan.interval - 1];
        }
    }

    [[nodiscard]] Index delay() const { return delay_; }
    [[nodiscard]] Index slots() const { return slots_; }

    // Probability that an inspection finds it in a state, by node; the inspection must be one of its slots.
    [[nodiscard]] const double* found(Index slot, Index state) const {
        return state == 0 ? first_found_.data() + slot * gauss_nodes : again_found_.data() + (slot - state + 1) * gauss_nodes;
    }
    [[nodiscard]] double cost(Index slot, Index state) const {
        return state == 0 ? first_cost_[at(slot)] : again_cost_[at(slot - state + 1)];
    }

private:
    Index delay_;
    Index slots_;
    std::vector<double> first_found_;
    std::vector<double> again_found_;  // by slots since a repair
    std::vector<double> first_cost_;
    std::vector<double> again_cost_;
};

struct Found {
    double one;
    double other;
    double both;
};

// Adds the covariance of two curves, for each inspection.
class CurvePair {
public:
    CurvePair(const FollowedCurve& one, const FollowedCurve& other) : one_(one), other_(other) {}

    template <class Add>
    void follow(Add add) {
        const Index slots = std::max(one_.slots(), other_.slots());
        states_ = slots + 1;
        weights_.assign(at(states_ * states_), 0.0);
        weights_[0] = 1.0;
        for (Index slot = 0; slot < slots; ++slot) {
            const double covariance = inspect(slot);
            if (one_.delay() == other_.delay() && slot < std::min(one_.slots(), other_.slots())) add(slot, covariance);
        }
    }

private:
    double inspect(Index slot) {
        double both = 0.0;
        double mean = 0.0;
        double other_mean = 0.0;
        for (Index state = 0; state <= slot; ++state) {
            for (Index other = 0; other <= slot; ++other) {
                double& weight = weights_[at(state * states_ + other)];
                if (weight == 0.0) continue;
                const Found found = find(slot, state, other);
                const double cost = slot < one_.slots() ? one_.cost(slot, state) : 0.0;
                const double other_cost = slot < other_.slots() ? other_.cost(slot, other) : 0.0;
                both += weight * found.both * cost * other_cost;
                mean += weight * found.one * cost;
                other_mean += weight * found.other * other_cost;
                weights_[at((slot + 1) * states_ + slot + 1)] += weight * found.both;
                weights_[at((slot + 1) * states_ + other)] += weight * (found.one - found.both);
                weights_[at(state * states_ + slot + 1)] += weight * (found.other - found.both);
                weight *= 1.0 - found.one - found.other + found.both;
            }
        }
        return both - mean * other_mean;
    }

    [[nodiscard]] Found find(Index slot, Index state, Index other) const {
        const double* const one = slot < one_.slots() ? one_.found(slot, state) : nothing_.data();
        const double* const two = slot < other_.slots() ? other_.found(slot, other) : nothing_.data();
        Found found{};
        for (std::size_t node = 0; node < nothing_.size(); ++node) {
            const double probability = normal_weights()[node];
            found.one += probability * one[node];
            found.other += probability * two[node];
            found.both += probability * one[node] * two[node];
        }
        return found;
    }

    const FollowedCurve& one_;
    const FollowedCurve& other_;
    Index states_ = 0;
    std::vector<double> weights_;  // (states, states) probabilities
    std::vector<double> nothing_ = std::vector<double>(at(gauss_nodes));
};

// The curves of a group under its plan.
void follow_group(const NetworkView& network, Index group, const Plan& plan, const PlanLayout& one_plan, const RatingScatter& scatter,
                  double shared, std::vector<FollowedCurve>& curves) {
    const Index begin = std::ssize(curves);
    const Index count = network.group_offsets[at(group + 1)] - network.group_offsets[at(group)];
    const Index last_year = network.last_year_of(group, one_plan.horizon());
    curves.resize(at(begin + count), FollowedCurve(plan, last_year));
    RatingScatter own = scatter;
    own.deviation = std::sqrt(scatter.deviation * scatter.deviation - shared * shared);
    for (Index node = 0; node < gauss_nodes; ++node) {
        own.bias = scatter.bias + shared * normal_nodes()[at(node)];
        const ScatterTables tables(one_plan, own);
        GroupScatter followed(tables, core::widest_simd());
        followed.fill(network, group);
        for (Index curve = 0; curve < count; ++curve) curves[at(begin + curve)].fill(plan, node, followed.found_years(curve));
    }
}

}  // namespace

void evaluate_shared_covariance(const NetworkView& network, const PlanLayout& layout, const RatingScatter& scatter, double shared,
                                Indices plans, Indices bridge_offsets, std::span<double> covariance, const core::Execution& execution) {
    std::ranges::fill(covariance, 0.0);
    core::parallel_for(std::ssize(bridge_offsets) - 1, bridges_per_chunk, execution, [&](Index begin, Index end) {
        std::vector<FollowedCurve> curves;
        for (Index bridge = begin; bridge < end; ++bridge) {
            curves.clear();
            Plan timetable{};
            for (Index group = bridge_offsets[at(bridge)]; group < bridge_offsets[at(bridge + 1)]; ++group) {
                const Plan plan = layout.plan(plans[at(group)]);
                if (plan.level == never) continue;
                timetable = plan;
                follow_group(network, group, plan, layout.of_plan(plans[at(group)]), scatter, shared, curves);
            }
            double* const yearly = covariance.data() + bridge * layout.horizon();
            for (Index one = 0; one < std::ssize(curves); ++one)
                for (Index other = 0; other < one; ++other)
                    CurvePair(curves[at(one)], curves[at(other)]).follow([&](Index slot, double yen2) {
                        const Index year = timetable.first_year + slot * timetable.interval + curves[at(one)].delay();
                        yearly[year - 1] += 2.0 * yen2;
                    });
        }
    });
}

}  // namespace nagamochi::planning
