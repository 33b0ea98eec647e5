#include <pybind11/stl.h>

#include <tuple>

#include "arrays.hpp"
#include "bindings.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/policy/policy_search.hpp"

namespace nagamochi::bindings {

using namespace policy;

namespace {

constexpr py::ssize_t policy_numbers = 4;  // interval, repair_at, watch_from, repair_on_watch_at

struct BoundCosts {
    NumberArray repair;
    double inspection, additional, discount_rate;

    [[nodiscard]] PolicyCosts view() const { return {bindings::view(repair), inspection, additional, discount_rate}; }
};

PolicySpace make_space(const std::vector<double>& intervals, const std::vector<double>& spacings, double period, Index ratings,
                       const std::vector<Index>& repairs_on_watch) {
    std::vector<Rhythm> rhythms;
    for (std::size_t n = 0; n < intervals.size(); ++n) rhythms.push_back({intervals[n], spacings[n]});
    return {Timetable(rhythms, period), ratings, repairs_on_watch};
}

std::vector<double> intervals_of(const PolicySpace& space) {
    std::vector<double> years;
    for (const Timetable::Interval& interval : space.timetable().intervals()) years.push_back(interval.years);
    return years;
}

IndexArray policies_of(const PolicySpace& space) {
    IndexArray table({std::ssize(space.policies()), policy_numbers});
    Index* number = table.mutable_data();
    for (const Policy& policy : space.policies())
        for (const Index value : {policy.interval, policy.repair_at, policy.watch_from, policy.repair_on_watch_at}) *number++ = value;
    return table;
}

std::vector<Policy> read_policies(const IndexArray& table) {
    std::vector<Policy> policies;
    const auto rows = table.unchecked<2>();
    for (py::ssize_t n = 0; n < rows.shape(0); ++n) policies.push_back({rows(n, 0), rows(n, 1), rows(n, 2), rows(n, 3)});
    return policies;
}

NumberArray compose(const PolicySpace& space, const NumberArray& base) {
    require_shape("base", base, {std::ssize(space.timetable().base_times()), space.ratings(), space.ratings()});
    NumberArray matrices({std::ssize(space.timetable().times()), space.ratings(), space.ratings()});
    compose_transitions(space.timetable(), space.ratings(), view(base), writable(matrices));
    return matrices;
}

// Hazards of chains, or none and the matrices of their base times; a size above the ratings adds the time in the worst one.
Index require_chains(const PolicySpace& space, const NumberArray& hazards, const NumberArray& base, const BoundCosts& costs) {
    const Index ratings = space.ratings();
    require_shape("costs.repair", costs.repair, {ratings});
    if (hazards.size() > 0) {
        require(hazards.ndim() == 2, "hazards must have two axes; got " + std::to_string(hazards.ndim()));
        require_shape("hazards", hazards, {hazards.shape(0), ratings - 1});
        return hazards.shape(0);
    }
    require(base.ndim() == 4, "base must have four axes; got " + std::to_string(base.ndim()));
    require_shape("base", base, {base.shape(0), std::ssize(space.timetable().base_times()), ratings, ratings});
    return base.shape(0);
}

ChainBatch batch_of(const NumberArray& hazards, const NumberArray& base) {
    return {.chains = hazards.size() > 0 ? hazards.shape(0) : base.shape(0), .hazards = view(hazards), .base = view(base)};
}

void values_of_all(const PolicySpace& space, const NumberArray& hazards, const NumberArray& base, const BoundCosts& costs,
                   NumberArray& risk, NumberArray& lcc, core::Simd simd, int threads) {
    const Index chains = require_chains(space, hazards, base, costs);
    require_shape("risk", risk, {chains, std::ssize(space.policies())});
    require_shape("lcc", lcc, {chains, std::ssize(space.policies())});
    require_simd(simd);
    const auto risk_out = writable(risk);
    const auto lcc_out = writable(lcc);
    const ChainBatch batch = batch_of(hazards, base);
    const py::gil_scoped_release release;
    evaluate_all_policies(space, batch, costs.view(), risk_out, lcc_out, simd, interruptible(threads));
}

void choose(const PolicySpace& space, const NumberArray& hazards, const NumberArray& base, const BoundCosts& costs,
            const NumberArray& risk_limits, IndexArray& best, NumberArray& risk, NumberArray& lcc, core::Simd simd, int threads) {
    const Index chains = require_chains(space, hazards, base, costs);
    require_vector("risk_limits", risk_limits);
    require_shape("best", best, {chains, risk_limits.size()});
    require_shape("risk", risk, {chains, risk_limits.size()});
    require_shape("lcc", lcc, {chains, risk_limits.size()});
    require_simd(simd);
    const auto best_out = writable(best);
    const auto risk_out = writable(risk);
    const auto lcc_out = writable(lcc);
    const ChainBatch batch = batch_of(hazards, base);
    const py::gil_scoped_release release;
    choose_policies(space, batch, costs.view(), view(risk_limits), best_out, risk_out, lcc_out, simd, interruptible(threads));
}

void frontiers(const PolicySpace& space, const NumberArray& hazards, const NumberArray& base, const BoundCosts& costs, IndexArray& sizes,
               IndexArray& policy, NumberArray& risk, NumberArray& lcc, core::Simd simd, int threads) {
    const Index chains = require_chains(space, hazards, base, costs);
    require_shape("sizes", sizes, {chains});
    require_shape("policy", policy, {chains, std::ssize(space.policies())});
    require_shape("risk", risk, {chains, std::ssize(space.policies())});
    require_shape("lcc", lcc, {chains, std::ssize(space.policies())});
    require_simd(simd);
    const auto sizes_out = writable(sizes);
    const auto policy_out = writable(policy);
    const auto risk_out = writable(risk);
    const auto lcc_out = writable(lcc);
    const ChainBatch batch = batch_of(hazards, base);
    const py::gil_scoped_release release;
    find_frontiers(space, batch, costs.view(), sizes_out, policy_out, risk_out, lcc_out, simd, interruptible(threads));
}

std::tuple<NumberArray, NumberArray, NumberArray> values_of(const PolicySpace& space, const NumberArray& base, const BoundCosts& costs,
                                                            const IndexArray& chains, const IndexArray& policies, int threads) {
    require(base.ndim() == 4, "base must have four axes; got " + std::to_string(base.ndim()));
    const Index size = base.shape(3);
    require(size == space.ratings() || size == space.ratings() + 1, "base must have matrices of all ratings");
    require_shape("base", base, {base.shape(0), std::ssize(space.timetable().base_times()), size, size});
    require_shape("costs.repair", costs.repair, {space.ratings()});
    require_vector("chains", chains);
    require_range("chains", view(chains), 0, base.shape(0) - 1);
    require_shape("policies", policies, {chains.size(), policy_numbers});
    require_range("policies", view(policies), 0, std::max(space.ratings(), std::ssize(space.timetable().intervals()) - 1));
    const Index pairs = chains.size();
    const Index ratings = space.ratings();
    const std::vector<Policy> read = read_policies(policies);
    std::vector<PolicyValue> values(read.size());
    NumberArray stationary({pairs, ratings}), value({pairs, ratings}), numbers({pairs, Index(sizeof(PolicyValue) / sizeof(double))});
    const auto stationary_out = writable(stationary);
    const auto value_out = writable(value);
    {
        const py::gil_scoped_release release;
        evaluate_policies(space.timetable(), ratings, base.shape(3) > ratings, view(base), costs.view(), view(chains), read, values,
                          stationary_out, value_out, interruptible(threads));
    }
    double* number = numbers.mutable_data();
    for (const PolicyValue& v : values)
        for (const double of : {v.risk, v.risk_any, v.time_in_worst, v.lcc, v.periodic_inspections, v.additional_inspections, v.repairs})
            *number++ = of;
    return {numbers, stationary, value};
}

}  // namespace

void bind_policy(py::module_& module) {
    py::class_<PolicySpace>(module, "PolicySpace", "Inspection intervals x thresholds, checked by nagamochi.policy.")
        .def(py::init(&make_space), py::kw_only(), py::arg("intervals"), py::arg("spacings"), py::arg("period"), py::arg("ratings"),
             py::arg("repairs_on_watch"))
        .def_property_readonly("intervals", intervals_of)
        .def_property_readonly("times", [](const PolicySpace& space) { return space.timetable().times(); })
        .def_property_readonly("base_times", [](const PolicySpace& space) { return space.timetable().base_times(); })
        .def_property_readonly("policies", policies_of);
    py::class_<BoundCosts>(module, "PolicyCosts", "Yen by rating found, per inspection of each kind, and the discount rate.")
        .def(py::init<NumberArray, double, double, double>(), py::kw_only(), py::arg("repair").noconvert(), py::arg("inspection"),
             py::arg("additional"), py::arg("discount_rate"));
    module.def("compose_transitions", compose, py::kw_only(), py::arg("space"), py::arg("base").noconvert());
    module.def("evaluate_all_policies", values_of_all, py::kw_only(), py::arg("space"), py::arg("hazards").noconvert(),
               py::arg("base").noconvert(), py::arg("costs"), py::arg("risk").noconvert(), py::arg("lcc").noconvert(), py::arg("simd"),
               py::arg("threads"));
    module.def("choose_policies", choose, py::kw_only(), py::arg("space"), py::arg("hazards").noconvert(), py::arg("base").noconvert(),
               py::arg("costs"), py::arg("risk_limits").noconvert(), py::arg("best").noconvert(), py::arg("risk").noconvert(),
               py::arg("lcc").noconvert(), py::arg("simd"), py::arg("threads"));
    module.def("find_frontiers", frontiers, py::kw_only(), py::arg("space"), py::arg("hazards").noconvert(), py::arg("base").noconvert(),
               py::arg("costs"), py::arg("sizes").noconvert(), py::arg("policy").noconvert(), py::arg("risk").noconvert(),
               py::arg("lcc").noconvert(), py::arg("simd"), py::arg("threads"));
    module.def("evaluate_policies", values_of, py::kw_only(), py::arg("space"), py::arg("base").noconvert(), py::arg("costs"),
               py::arg("chains").noconvert(), py::arg("policies").noconvert(), py::arg("threads"));
}

}  // namespace nagamochi::bindings
