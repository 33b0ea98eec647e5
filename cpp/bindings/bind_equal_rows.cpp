#include <pybind11/stl.h>

#include <algorithm>
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

std::pair<IndexArray, IndexArray> equal_rows(const std::vector<WordArray>& columns) {
    for (const WordArray& column : columns) require_shape("columns", column, {columns.front().size()});
    std::vector<Words> words;
    for (const WordArray& column : columns) words.push_back(view(column));
    std::vector<EqualRows> rows;
    {
        const py::gil_scoped_release release;
        rows = count_equal_rows(words, {.stop_requested = KeyboardInterrupt()});
    }
    IndexArray first(std::ssize(rows));
    IndexArray count(std::ssize(rows));
    std::ranges::transform(rows, first.mutable_data(), &EqualRows::first);
    std::ranges::transform(rows, count.mutable_data(), &EqualRows::count);
    return {std::move(first), std::move(count)};
}

}  // namespace

void bind_equal_rows(py::module_& module) { module.def("count_equal_rows", equal_rows, py::kw_only(), py::arg("columns").noconvert()); }

}  // namespace nagamochi::bindings
