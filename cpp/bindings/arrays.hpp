#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <vector>

#include "nagamochi/core/types.hpp"

namespace nagamochi::bindings {

namespace py = pybind11;

using NumberArray = py::array_t<double, py::array::c_style>;
using IndexArray = py::array_t<Index, py::array::c_style>;

template <class Array>
auto view(const Array& array) {
    return std::span(array.data(), static_cast<std::size_t>(array.size()));
}

template <class Array>
auto writable(Array& array) {
    return std::span(array.mutable_data(), static_cast<std::size_t>(array.size()));
}

template <class Value>
py::array_t<Value> copied(const std::vector<Value>& values) {
    return py::array_t<Value>(std::ssize(values), values.data());
}

}  // namespace nagamochi::bindings
