#include "arrays.hpp"
#include "bindings.hpp"
#include "interrupt.hpp"
#include "nagamochi/deterioration/panel.hpp"

namespace nagamochi::bindings {
namespace {

// The arrays of a Python panel, kept alive as long as a kernel may look at them.
struct Panel {
    IndexArray before;
    IndexArray after;
    NumberArray years;
    NumberArray covariates;
    IndexArray first_parameter;
    IndexArray covariate_of;

    [[nodiscard]] PanelView view_weighted(Numbers weight) const {
        return {.ratings = first_parameter.size(),
                .before = view(before),
                .after = view(after),
                .years = view(years),
                .weight = weight,
                .covariates = view(covariates),
                .columns = covariates.shape(1),
                .first_parameter = view(first_parameter),
                .covariate_of = view(covariate_of)};
    }
};

double panel_likelihood(const Panel& panel, const NumberArray& weight, const NumberArray& parameters, NumberArray& gradient,
                        NumberArray& hessian, int threads) {
    const auto gradient_out = writable(gradient);
    const auto hessian_out = writable(hessian);
    const py::gil_scoped_release release;
    return log_likelihood(panel.view_weighted(view(weight)), view(parameters), gradient_out, hessian_out, interruptible(threads));
}

void probabilities(const Panel& panel, const NumberArray& parameters, NumberArray& values, int threads) {
    const auto out = writable(values);
    const py::gil_scoped_release release;
    log_probabilities(panel.view_weighted({}), view(parameters), out, interruptible(threads));
}

}  // namespace

void bind_panel(py::module_& module) {
    py::class_<Panel>(module, "Panel", "Pairs of inspections with their covariates, checked by nagamochi.deterioration.")
        .def(py::init<IndexArray, IndexArray, NumberArray, NumberArray, IndexArray, IndexArray>(), py::kw_only(),
             py::arg("before").noconvert(), py::arg("after").noconvert(), py::arg("years").noconvert(), py::arg("covariates").noconvert(),
             py::arg("first_parameter").noconvert(), py::arg("covariate_of").noconvert());
    module.def("log_likelihood", panel_likelihood, py::kw_only(), py::arg("panel"), py::arg("weight").noconvert(),
               py::arg("parameters").noconvert(), py::arg("gradient").noconvert(), py::arg("hessian").noconvert(), py::arg("threads"));
    module.def("log_probabilities", probabilities, py::kw_only(), py::arg("panel"), py::arg("parameters").noconvert(),
               py::arg("values").noconvert(), py::arg("threads"));
}

}  // namespace nagamochi::bindings
