#include "nagamochi/core/errors.hpp"

#include "bindings.hpp"

namespace nagamochi::bindings {

void translate_errors() {
    pybind11::register_local_exception_translator([](std::exception_ptr error) {
        try {
            if (error) std::rethrow_exception(error);
        } catch (const core::Interrupted&) {
            PyErr_SetNone(PyExc_KeyboardInterrupt);
        }
    });
}

}  // namespace nagamochi::bindings
