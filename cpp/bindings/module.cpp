#include "bindings.hpp"

PYBIND11_MODULE(_core, module) {
    using namespace nagamochi::bindings;
    module.doc() = "Kernels of nagamochi; use the packages nagamochi.planning and others instead.";
    translate_errors();
    bind_cell_grid(module);
    bind_network(module);
    bind_plan_layout(module);
    bind_lcc(module);
    bind_objective(module);
    bind_outcome(module);
    bind_programme(module);
    bind_rating_scatter(module);
    bind_shortfall(module);
    bind_plan_memo(module);
    bind_genetic(module);
    bind_relaxation(module);
    bind_kept_plans(module);
    bind_transition(module);
    bind_equal_rows(module);
    bind_panel(module);
    bind_competing(module);
    bind_policy(module);
    bind_nearest(module);
}
