#include <pybind11/stl.h>

#include "arrays.hpp"
#include "bindings.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/retrieval/nearest.hpp"

namespace nagamochi::bindings {

using namespace retrieval;

namespace {

using FloatArray = py::array_t<float, py::array::c_style>;
template <class Number>
using VectorArray = py::array_t<Number, py::array::c_style>;

template <class Number>
void lengths_of(const VectorArray<Number>& vectors, NumberArray& squares, int threads) {
    require(vectors.ndim() == 2, "vectors must have two axes; got " + std::to_string(vectors.ndim()));
    require_shape("squares", squares, {vectors.shape(0)});
    const auto out = writable(squares);
    const Index dimension = vectors.shape(1);
    const py::gil_scoped_release release;
    squared_lengths(std::span<const Number>(view(vectors)), dimension, out, {.threads = threads, .stop_requested = KeyboardInterrupt()});
}

template <class Number>
void nearest_of(const VectorArray<Number>& vectors, const NumberArray& squares, const FloatArray& queries,
                const std::optional<IndexArray>& admitted, NumberArray& distances, IndexArray& rows, core::Simd simd, int threads) {
    require(vectors.ndim() == 2, "vectors must have two axes; got " + std::to_string(vectors.ndim()));
    require_shape("squares", squares, {vectors.shape(0)});
    require(queries.ndim() == 2 && queries.shape(1) == vectors.shape(1), "queries: must be as long as the vectors");
    require(distances.ndim() == 2 && rows.ndim() == 2 && distances.shape(0) == queries.shape(0) && rows.shape(0) == queries.shape(0) &&
                distances.shape(1) == rows.shape(1) && rows.shape(1) > 0,
            "distances, rows: must be (queries, k)");
    if (admitted) require_range("admitted", view(*admitted), 0, squares.size() - 1);
    require_simd(simd);
    const StoredVectors<Number> stored = {view(vectors), vectors.shape(1), view(squares)};
    const Index k = rows.shape(1);
    const auto distances_out = writable(distances);
    const auto rows_out = writable(rows);
    const std::optional<Indices> among = admitted ? std::optional<Indices>(view(*admitted)) : std::nullopt;
    const py::gil_scoped_release release;
    find_nearest(stored, view(queries), among, k, distances_out, rows_out, simd,
                 {.threads = threads, .stop_requested = KeyboardInterrupt()});
}

template <class Number>
void bind_vectors_of(py::module_& module) {
    module.def("squared_lengths", lengths_of<Number>, py::kw_only(), py::arg("vectors").noconvert(), py::arg("squares").noconvert(),
               py::arg("threads"));
    module.def("find_nearest", nearest_of<Number>, py::kw_only(), py::arg("vectors").noconvert(), py::arg("squares").noconvert(),
               py::arg("queries").noconvert(), py::arg("admitted").noconvert(), py::arg("distances").noconvert(),
               py::arg("rows").noconvert(), py::arg("simd"), py::arg("threads"));
}

}  // namespace

void bind_nearest(py::module_& module) {
    bind_vectors_of<float>(module);
    bind_vectors_of<std::uint16_t>(module);
}

}  // namespace nagamochi::bindings
