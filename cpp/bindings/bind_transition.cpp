#include <array>

#include "arrays.hpp"
#include "bindings.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/deterioration/transition.hpp"

namespace nagamochi::bindings {

using namespace deterioration;

namespace {

void matrices_of(const NumberArray& hazards, const NumberArray& years, NumberArray& matrices, int threads) {
    require(hazards.ndim() == 2, "hazards must have two axes; got " + std::to_string(hazards.ndim()));
    // One more state: policies follow the time spent in the worst rating.
    require_range("ratings of hazards", std::array{Index{hazards.shape(1) + 1}}, 2, deterioration::most_ratings + 1);
    require_vector("years", years);
    require_shape("matrices", matrices, {hazards.shape(0), years.size(), hazards.shape(1) + 1, hazards.shape(1) + 1});
    const auto out = writable(matrices);
    const Index ratings = hazards.shape(1) + 1;
    const py::gil_scoped_release release;
    deterioration::transition_matrices(view(hazards), ratings, view(years), out,
                                       {.threads = threads, .stop_requested = KeyboardInterrupt()});
}

void derivatives_of(const NumberArray& hazards, double years, NumberArray& matrix, NumberArray& derivatives) {
    const Index hazardous = hazards.size();
    require_shape("hazards", hazards, {hazardous});
    require_range("ratings of hazards", std::array{hazardous + 1}, 2, deterioration::most_ratings);
    require_shape("matrix", matrix, {hazardous + 1, hazardous + 1});
    require_shape("derivatives", derivatives, {hazardous, hazardous + 1, hazardous + 1});
    transition_derivatives(view(hazards), years, writable(matrix), writable(derivatives));
}

}  // namespace

void bind_transition(py::module_& module) {
    module.attr("most_ratings") = deterioration::most_ratings;
    module.def("transition_matrices", matrices_of, py::kw_only(), py::arg("hazards").noconvert(), py::arg("years").noconvert(),
               py::arg("matrices").noconvert(), py::arg("threads"));
    module.def("transition_derivatives", derivatives_of, py::kw_only(), py::arg("hazards").noconvert(), py::arg("years"),
               py::arg("matrix").noconvert(), py::arg("derivatives").noconvert());
}

}  // namespace nagamochi::bindings
