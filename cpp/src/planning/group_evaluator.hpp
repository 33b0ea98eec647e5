#pragma once

#include <optional>
#include <vector>

#include "curve_repairs.hpp"
#include "group_quads.hpp"
#include "group_terms.hpp"
#include "lane_tables.hpp"
#include "nagamochi/core/simd.hpp"
#include "quad_tables.hpp"
#include "span_tables.hpp"

namespace nagamochi::planning {

// Slots and lowest health of one plan.
double evaluate_plan(const std::vector<CurveTerms>& curves, const PlanTimetable& when, std::span<double> slots);

// Where any repair costs anything.
void add_access(double access_cost, std::span<double> slots);

// A layout as the kernel of an instruction set wants it: as lanes, as spans, or as quads.
struct GroupTables {
    core::Simd simd;
    std::optional<LaneTables> lanes;
    std::optional<SpanTables> spans;
    std::optional<QuadTables> quads;  // none of the three: plan by plan

    GroupTables(const PlanLayout& layout, core::Simd chosen);
};

// Evaluates all plans of one group after another, in memory of its own.
class GroupEvaluator {
public:
    GroupEvaluator(const PlanLayout& layout, const GroupTables& tables);

    //   slots          (layout.group_slots()), with what access to repairs costs
    //   lowest_health  (layout.plans())
    void evaluate(const NetworkView& network, Index group, double* slots, double* lowest_health);

private:
    // Zeros, so that no vector of a kernel lies across two cache lines without need.
    class AlignedNumbers {
    public:
        explicit AlignedNumbers(Index count) : lines_(at(count / 8 + 1)) {}
        double* data() { return lines_.data()->numbers; }

    private:
        struct alignas(64) CacheLine {
            double numbers[8];
        };
        std::vector<CacheLine> lines_;
    };

    void evaluate_repairs(const NetworkView& network, Index group, double* slots, double* lowest_health);
    void evaluate_plan_by_plan(const NetworkView& network, Index group, double* slots, double* lowest_health);
    void leave_unrepaired(double* slots, double* lowest_health) const;

    const PlanLayout& layout_;
    bool has_kernel_;
    GroupTerms terms_;
    std::vector<double> plan_slots_;
    LaneGrid lanes_;
    SpanGrid spans_;
    QuadGrid quads_;
    SumSpans sum_spans_;
    SumGroup sum_group_;
    AlignedNumbers tables_;
    AlignedNumbers costs_;
    AlignedNumbers worst_loss_;
};

}  // namespace nagamochi::planning
