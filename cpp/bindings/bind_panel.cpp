#include "arrays.hpp"
#include "bindings.hpp"
#include "checks.hpp"
#include "interrupt.hpp"
#include "nagamochi/deterioration/panel.hpp"
#include "nagamochi/deterioration/transition.hpp"

namespace nagamochi::bindings {

using namespace deterioration;

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

Panel make_panel(IndexArray before, IndexArray after, NumberArray years, NumberArray covariates, IndexArray first_parameter,
                 IndexArray covariate_of) {
    const Index pairs = before.size();
    const Index ratings = first_parameter.size();
    require_shape("before", before, {pairs});
    require_shape("after", after, {pairs});
    require_shape("years", years, {pairs});
    require(covariates.ndim() == 2 && covariates.shape(0) == pairs, "covariates must have a row for each pair");
    require_vector("covariate_of", covariate_of);
    require_vector("first_parameter", first_parameter);
    require(2 <= ratings && ratings <= deterioration::most_ratings, "first_parameter must have a number for each rating");
    require_offsets("first_parameter", view(first_parameter), covariate_of.size());
    require_range("covariate_of", view(covariate_of), 0, covariates.shape(1) - 1);
    require_range("before", view(before), 1, ratings - 1);
    require_range("after", view(after), 1, ratings);
    require(std::ranges::equal(view(before), view(after), std::ranges::less_equal()), "after must not be below before");
    Panel panel{std::move(before),     std::move(after),           std::move(years),
                std::move(covariates), std::move(first_parameter), std::move(covariate_of)};
    static_cast<void>(panel.view_weighted({}));
    return panel;
}

double panel_likelihood(const Panel& panel, const NumberArray& weight, const NumberArray& parameters, NumberArray& gradient,
                        NumberArray& hessian, int threads) {
    const Index n = panel.covariate_of.size();
    require_shape("weight", weight, {panel.before.size()});
    require_shape("parameters", parameters, {n});
    require_shape("gradient", gradient, {n});
    require_shape("hessian", hessian, {n, n});
    const auto gradient_out = writable(gradient);
    const auto hessian_out = writable(hessian);
    const py::gil_scoped_release release;
    return log_likelihood(panel.view_weighted(view(weight)), view(parameters), gradient_out, hessian_out, interruptible(threads));
}

void probabilities(const Panel& panel, const NumberArray& parameters, NumberArray& values, int threads) {
    require_shape("parameters", parameters, {panel.covariate_of.size()});
    require_shape("values", values, {panel.before.size()});
    const auto out = writable(values);
    const py::gil_scoped_release release;
    log_probabilities(panel.view_weighted({}), view(parameters), out, interruptible(threads));
}

}  // namespace

void bind_panel(py::module_& module) {
    py::class_<Panel>(module, "Panel", "Pairs of inspections with their covariates, checked by nagamochi.deterioration.")
        .def(py::init(&make_panel), py::kw_only(), py::arg("before").noconvert(), py::arg("after").noconvert(),
             py::arg("years").noconvert(), py::arg("covariates").noconvert(), py::arg("first_parameter").noconvert(),
             py::arg("covariate_of").noconvert());
    module.def("log_likelihood", panel_likelihood, py::kw_only(), py::arg("panel"), py::arg("weight").noconvert(),
               py::arg("parameters").noconvert(), py::arg("gradient").noconvert(), py::arg("hessian").noconvert(), py::arg("threads"));
    module.def("log_probabilities", probabilities, py::kw_only(), py::arg("panel"), py::arg("parameters").noconvert(),
               py::arg("values").noconvert(), py::arg("threads"));
}

}  // namespace nagamochi::bindings
