#include "arrays.hpp"
#include "bindings.hpp"
#include "interrupt.hpp"
#include "nagamochi/deterioration/competing.hpp"

namespace nagamochi::bindings {
namespace {

void transitions(Index states, const IndexArray& departure, const IndexArray& arrival, const NumberArray& hazards, const NumberArray& years,
                 NumberArray& matrices, int threads) {
    const auto out = writable(matrices);
    const py::gil_scoped_release release;
    competing_transitions({.states = states, .departure = view(departure), .arrival = view(arrival)}, view(hazards), view(years), out,
                          interruptible(threads));
}

double competing_likelihood(Index states, const IndexArray& departure, const IndexArray& arrival, const NumberArray& hazards,
                            const NumberArray& years, const NumberArray& counts, NumberArray& gradient, int threads) {
    const auto out = writable(gradient);
    const py::gil_scoped_release release;
    return competing_log_likelihood({.states = states, .departure = view(departure), .arrival = view(arrival)}, view(hazards), view(years),
                                    view(counts), out, interruptible(threads));
}

}  // namespace

void bind_competing(py::module_& module) {
    module.def("competing_transitions", transitions, py::kw_only(), py::arg("states"), py::arg("departure").noconvert(),
               py::arg("arrival").noconvert(), py::arg("hazards").noconvert(), py::arg("years").noconvert(),
               py::arg("matrices").noconvert(), py::arg("threads"));
    module.def("competing_log_likelihood", competing_likelihood, py::kw_only(), py::arg("states"), py::arg("departure").noconvert(),
               py::arg("arrival").noconvert(), py::arg("hazards").noconvert(), py::arg("years").noconvert(), py::arg("counts").noconvert(),
               py::arg("gradient").noconvert(), py::arg("threads"));
}

}  // namespace nagamochi::bindings
