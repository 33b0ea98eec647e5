#include <algorithm>
#include <limits>
#include <tuple>

#include "arrays.hpp"
#include "bindings.hpp"
#include "checks.hpp"
#include "nagamochi/planning/plan_memo.hpp"

namespace nagamochi::bindings {

using namespace planning;

namespace {

void insert(PlanMemo& memo, const IndexArray& groups, const IndexArray& plans, const NumberArray& records) {
    require_shape("groups", groups, {groups.size()});
    require_shape("plans", plans, {groups.size()});
    require_shape("records", records, {groups.size(), memo.record_size()});
    require_range("groups", view(groups), 0, std::numeric_limits<std::int32_t>::max());
    require_range("plans", view(plans), 0, memo.plans() - 1);
    const auto size = at(memo.record_size());
    for (py::ssize_t i = 0; i < groups.size(); ++i) memo.insert(groups.at(i), plans.at(i), view(records).subspan(at(i) * size, size));
}

std::tuple<IndexArray, IndexArray, NumberArray> entries_since(const PlanMemo& memo, Index first) {
    require(0 <= first && first <= memo.size(),
            "first must be from 0 to " + std::to_string(memo.size()) + "; got " + std::to_string(first));
    const Index count = memo.size() - first;
    IndexArray groups(count);
    IndexArray plans(count);
    NumberArray records({count, memo.record_size()});
    for (Index i = 0; i < count; ++i) {
        groups.mutable_at(i) = memo.group(first + i);
        plans.mutable_at(i) = memo.plan(first + i);
        std::copy_n(memo.record(first + i), memo.record_size(), records.mutable_data(i));
    }
    return {groups, plans, records};
}

}  // namespace

void bind_plan_memo(py::module_& module) {
    py::class_<PlanMemo>(module, "PlanMemo", "Costs in slots and lowest health of the (group, plan) pairs seen, in order of insertion.")
        .def(py::init<const PlanLayout&>(), py::arg("layout"))
        .def("__len__", &PlanMemo::size)
        .def_property_readonly("record_size", &PlanMemo::record_size)
        .def("insert", insert, py::kw_only(), py::arg("groups").noconvert(), py::arg("plans").noconvert(), py::arg("records").noconvert())
        .def("entries_since", entries_since, py::arg("first"));
}

}  // namespace nagamochi::bindings
