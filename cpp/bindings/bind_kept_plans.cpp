#include <pybind11/stl.h>

#include "bindings.hpp"
#include "bound_network.hpp"
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

// Whole and broken yen of a sum, if there is one, and the kept plans, if they were asked for.
using Sum = std::optional<std::tuple<Index, Index>>;
using Kept = std::optional<std::tuple<IndexArray, IndexArray, NumberArray, std::optional<NumberArray>>>;

std::vector<std::tuple<Sum, Kept>> answer(const BoundNetwork& network, const BoundProblem& bound, double unit, const IndexArray& intervals,
                                          const NumberArray& prices, const std::vector<bool>& with_costs,
                                          const std::vector<std::optional<double>>& ratios, core::Simd simd, int threads) {
    const RelaxationProblem problem = bound.problem();
    require(problem.groups() == problem.bridges(), "bridges must have one repair group each");
    require(problem.groups() == network.groups(), "the groups must be those of the network");
    require(problem.counts.empty(), "counts must be empty");
    require(unit > 0.0, "unit must be above 0");
    require_simd(simd);
    const Index questions = intervals.size();
    require_shape("intervals", intervals, {questions});
    require_shape("prices", prices, {questions, bound.bounds.size()});
    require(std::ssize(with_costs) == questions && std::ssize(ratios) == questions, "with_costs, ratios: must be one for each question");
    require_range("intervals", view(intervals), -1, std::ssize(bound.layout.intervals()) - 1);
    const Numbers given = view(prices);
    std::vector<PlanQuestion> asked;
    for (std::size_t q = 0; q < ratios.size(); ++q) {
        const Numbers own = given.subspan(q * at(bound.bounds.size()), at(bound.bounds.size()));
        asked.push_back(
            {.interval = view(intervals)[q], .prices = {own.begin(), own.end()}, .with_costs = with_costs[q], .ratio = ratios[q]});
    }
    std::vector<PlanAnswer> found;
    {
        const py::gil_scoped_release release;
        found = answer_questions(network.view(), problem, unit, asked, simd, interruptible(threads));
    }
    std::vector<std::tuple<Sum, Kept>> answers;
    for (std::size_t q = 0; q < found.size(); ++q) {
        const auto& [least, kept] = found[q];
        const Sum sum = least ? Sum(std::tuple(least->yen, least->parts)) : std::nullopt;
        Kept plans;
        if (least && asked[q].ratio) {
            const auto additions = problem.additions.empty() ? std::nullopt : std::optional(copied(kept.additions));
            plans = std::tuple(copied(kept.offsets), copied(kept.plans), copied(kept.slots), additions);
        }
        answers.emplace_back(sum, plans);
    }
    return answers;
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
    module.def("answer_questions", answer, py::kw_only(), py::arg("network"), py::arg("problem"), py::arg("unit"),
               py::arg("intervals").noconvert(), py::arg("prices").noconvert(), py::arg("with_costs"), py::arg("ratios"), py::arg("simd"),
               py::arg("threads"));
    module.def("choose_kept", choose, py::kw_only(), py::arg("problem"), py::arg("start").noconvert(), py::arg("with_costs"),
               py::arg("settings"), py::arg("threads"));
}

}  // namespace nagamochi::bindings
