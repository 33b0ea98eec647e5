#include "arrays.hpp"
#include "bindings.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/deterioration/competing.hpp"

namespace nagamochi::bindings {

using namespace deterioration;

namespace {

void require_moves(Index states, const IndexArray& departure, const IndexArray& arrival, const NumberArray& hazards,
                   const NumberArray& years) {
    const Index moves = departure.size();
    require_shape("departure", departure, {moves});
    require_shape("arrival", arrival, {moves});
    require_shape("hazards", hazards, {moves});
    require_vector("years", years);
    require_range("departure", view(departure), 0, states - 1);
    require_range("arrival", view(arrival), 0, states - 1);
    require(std::ranges::equal(view(departure), view(arrival), std::ranges::less()), "arrival must be later than departure");
}

void transitions(Index states, const IndexArray& departure, const IndexArray& arrival, const NumberArray& hazards, const NumberArray& years,
                 NumberArray& matrices, int threads) {
    require_moves(states, departure, arrival, hazards, years);
    require_shape("matrices", matrices, {years.size(), states, states});
    const auto out = writable(matrices);
    const py::gil_scoped_release release;
    competing_transitions({.states = states, .departure = view(departure), .arrival = view(arrival)}, view(hazards), view(years), out,
                          interruptible(threads));
}

double competing_likelihood(Index states, const IndexArray& departure, const IndexArray& arrival, const NumberArray& hazards,
                            const NumberArray& years, const NumberArray& counts, NumberArray& gradient, int threads) {
    require_moves(states, departure, arrival, hazards, years);
    require_shape("counts", counts, {years.size(), states, states});
    require_shape("gradient", gradient, {departure.size()});
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
