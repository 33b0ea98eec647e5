#include <pybind11/stl.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "arrays.hpp"
#include "bindings.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/deterioration/equal_rows.hpp"

namespace nagamochi::bindings {

using namespace deterioration;

namespace {

using WordArray = py::array_t<std::uint64_t, py::array::c_style>;

std::pair<IndexArray, IndexArray> equal_rows(const std::vector<WordArray>& columns, const std::optional<IndexArray>& counts) {
    for (const WordArray& column : columns) require_shape("columns", column, {columns.front().size()});
    if (counts) require_shape("counts", *counts, {columns.empty() ? 0 : columns.front().size()});
    std::vector<Words> words;
    for (const WordArray& column : columns) words.push_back(view(column));
    const Indices of_rows = view_or_empty(counts);
    std::vector<EqualRows> rows;
    {
        const py::gil_scoped_release release;
        rows = count_equal_rows(words, of_rows, {.stop_requested = KeyboardInterrupt()});
    }
    IndexArray first(std::ssize(rows));
    IndexArray count(std::ssize(rows));
    std::ranges::transform(rows, first.mutable_data(), &EqualRows::first);
    std::ranges::transform(rows, count.mutable_data(), &EqualRows::count);
    return {std::move(first), std::move(count)};
}

}  // namespace

void bind_equal_rows(py::module_& module) {
    module.def("count_equal_rows", equal_rows, py::kw_only(), py::arg("columns").noconvert(), py::arg("counts").noconvert() = py::none());
}

}  // namespace nagamochi::bindings
