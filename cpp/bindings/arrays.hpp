#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <optional>
#include <stdexcept>
#include <vector>

#include "nagamochi/core/types.hpp"

namespace nagamochi::bindings {

namespace py = pybind11;

using NumberArray = py::array_t<double, py::array::c_style>;
using IndexArray = py::array_t<Index, py::array::c_style>;

// Arrays may begin at any byte, as those that another process sent do.
template <class Array>
void require_alignment(const Array& array) {
    constexpr auto aligned = py::detail::npy_api::NPY_ARRAY_ALIGNED_;
    if ((array.flags() & aligned) == 0) throw std::invalid_argument("arrays must be aligned to the size of their numbers");
}

template <class Array>
auto view(const Array& array) {
    require_alignment(array);
    return std::span(array.data(), static_cast<std::size_t>(array.size()));
}

template <class Array>
auto view_or_empty(const std::optional<Array>& array) {
    return array ? view(*array) : decltype(view(*array)){};
}

template <class Array>
auto writable(Array& array) {
    require_alignment(array);
    return std::span(array.mutable_data(), static_cast<std::size_t>(array.size()));
}

template <class Value>
py::array_t<Value> copied(const std::vector<Value>& values) {
    return py::array_t<Value>(std::ssize(values), values.data());
}

}  // namespace nagamochi::bindings
