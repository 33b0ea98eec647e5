#include <pybind11/stl.h>

#include "bindings.hpp"
#include "bound_problem.hpp"
#include "interrupt.hpp"
#include "nagamochi/planning/kept_plans.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

// A problem of which some plans were kept, with the arrays that a kernel may look at. Every row sums all bridges.
struct BoundKept {
    PlanLayout layout;
    IndexArray class_of_bridge;
    NumberArray inspection_cost;
    NumberArray weights;
    IndexArray coefficients;
    IndexArray bounds;
    std::optional<IndexArray> last_year;
    IndexArray offsets;
    IndexArray plans;
    NumberArray slots;
    std::optional<NumberArray> additions;
    std::vector<Index> groups;
    std::vector<std::uint8_t> members;

    void complete() {
        const Index bridges = inspection_cost.size();
        require_shape("class_of_bridge", class_of_bridge, {bridges});
        require_shape("weights", weights, {layout.horizon()});
        require_vector("bounds", bounds);
        require_shape("coefficients", coefficients, {bounds.size(), layout.horizon()});
        const Index classes = last_year ? last_year->size() : 1;
        require_last_year(last_year, classes);
        require_range("class_of_bridge", view(class_of_bridge), 0, classes - 1);
        require_shape("offsets", offsets, {bridges + 1});
        const Indices begins = view(offsets);
        require(begins.front() == 0 && std::ranges::adjacent_find(begins, std::ranges::greater_equal()) == begins.end(),
                "offsets must begin with 0 and rise with every bridge");
        require_shape("plans", plans, {begins.back()});
        require_range("plans", view(plans), 0, layout.plans() - 1);
        Index count = 0;
        for (const Index plan : view(plans)) count += layout.slots(layout.plan(plan));
        require_shape("slots", slots, {count});
        if (additions) require_shape("additions", *additions, {begins.back()});
        for (Index bridge = 0; bridge <= bridges; ++bridge) groups.push_back(bridge);
        members.assign(at(bounds.size() * classes), 1);
    }

    [[nodiscard]] RelaxationProblem problem() const {
        return {.layout = layout,
                .bridge_groups = groups,
                .class_of_bridge = view(class_of_bridge),
                .inspection_cost = view(inspection_cost),
                .slots = {},
                .weights = view(weights),
                .allowed = {},
                .additions = {},
                .counts = {},
                .rows = {.members = members, .coefficients = view(coefficients), .bounds = view(bounds)},
                .common_interval = true,
                .last_year = view_or_empty(last_year)};
    }

    [[nodiscard]] KeptPlans kept() const {
        return {.offsets = view(offsets), .plans = view(plans), .slots = view(slots), .additions = view_or_empty(additions)};
    }
};

void require_prices(const BoundProblem& bound, Index interval, const NumberArray& prices) {
    require_shape("prices", prices, {bound.bounds.size()});
    require(-1 <= interval && interval < std::ssize(bound.layout.intervals()), "interval must be an index of the layout, or -1");
}

std::optional<std::tuple<Index, Index>> least(const BoundProblem& bound, Index interval, const NumberArray& prices, bool with_costs,
                                              int threads) {
    require_prices(bound, interval, prices);
    const RelaxationProblem problem = bound.problem();
    const Numbers given = view(prices);
    const py::gil_scoped_release release;
    const auto sum = least_sum(problem, interval, given, with_costs, threads);
    return sum ? std::optional(std::tuple(sum->yen, sum->parts)) : std::nullopt;
}

std::tuple<IndexArray, IndexArray, NumberArray, std::optional<NumberArray>> keep(const BoundProblem& bound, Index interval,
                                                                                 const NumberArray& prices, bool with_costs, double ratio,
                                                                                 int threads) {
    require_prices(bound, interval, prices);
    const RelaxationProblem problem = bound.problem();
    require(problem.groups() == problem.bridges(), "bridges must have one repair group each");
    const Numbers given = view(prices);
    OwnedPlans kept;
    {
        const py::gil_scoped_release release;
        kept = keep_plans(problem, interval, given, with_costs, ratio, threads);
    }
    const auto additions = problem.additions.empty() ? std::nullopt : std::optional(copied(kept.additions));
    return {copied(kept.offsets), copied(kept.plans), copied(kept.slots), additions};
}

KeptResult choose(const BoundKept& bound, const NumberArray& start, bool with_costs, const RelaxationSettings& settings, int threads) {
    require_shape("start", start, {bound.bounds.size()});
    const RelaxationProblem problem = bound.problem();
    const KeptPlans kept = bound.kept();
    const Numbers prices = view(start);
    const py::gil_scoped_release release;
    return choose_kept(problem, kept, prices, with_costs, settings, interruptible(threads));
}

}  // namespace

void bind_kept_plans(py::module_& module) {
    py::class_<BoundKept>(module, "KeptProblem", "One of the kept plans of every bridge, within rows of all bridges.")
        .def(py::init([](const PlanLayout& layout, IndexArray class_of_bridge, NumberArray inspection_cost, NumberArray weights,
                         IndexArray coefficients, IndexArray bounds, std::optional<IndexArray> last_year, IndexArray offsets,
                         IndexArray plans, NumberArray slots, std::optional<NumberArray> additions) {
                 BoundKept bound{layout,
                                 std::move(class_of_bridge),
                                 std::move(inspection_cost),
                                 std::move(weights),
                                 std::move(coefficients),
                                 std::move(bounds),
                                 std::move(last_year),
                                 std::move(offsets),
                                 std::move(plans),
                                 std::move(slots),
                                 std::move(additions),
                                 {},
                                 {}};
                 bound.complete();
                 return bound;
             }),
             py::kw_only(), py::arg("layout"), py::arg("class_of_bridge").noconvert(), py::arg("inspection_cost").noconvert(),
             py::arg("weights").noconvert(), py::arg("coefficients").noconvert(), py::arg("bounds").noconvert(),
             py::arg("last_year").noconvert(), py::arg("offsets").noconvert(), py::arg("plans").noconvert(), py::arg("slots").noconvert(),
             py::arg("additions").noconvert());
    py::class_<KeptResult>(module, "KeptResult", "Prices, their bound over the kept plans, and the best choice found.")
        .def_property_readonly("prices", [](const KeptResult& result) { return copied(result.prices); })
        .def_readonly("bound", &KeptResult::bound)
        .def_readonly("no_plan", &KeptResult::no_plan)
        .def_property_readonly("plans", [](const KeptResult& result) { return copied(result.plans); })
        .def_readonly("cost", &KeptResult::cost)
        .def_readonly("overrun", &KeptResult::overrun)
        .def_property_readonly("use", [](const KeptResult& result) { return copied(result.use); })
        .def_property_readonly("spent", [](const KeptResult& result) { return copied(result.spent); })
        .def_readonly("passes", &KeptResult::passes)
        .def_readonly("interrupted", &KeptResult::interrupted);
    module.def("least_sum", least, py::kw_only(), py::arg("problem"), py::arg("interval"), py::arg("prices").noconvert(),
               py::arg("with_costs"), py::arg("threads"));
    module.def("keep_plans", keep, py::kw_only(), py::arg("problem"), py::arg("interval"), py::arg("prices").noconvert(),
               py::arg("with_costs"), py::arg("ratio"), py::arg("threads"));
    module.def("choose_kept", choose, py::kw_only(), py::arg("problem"), py::arg("start").noconvert(), py::arg("with_costs"),
               py::arg("settings"), py::arg("threads"));
}

}  // namespace nagamochi::bindings
