#pragma once

#include <pybind11/pybind11.h>

#include <chrono>

#include "nagamochi/core/parallel.hpp"

namespace nagamochi::bindings {

// For Execution::stop_requested while the GIL is released: true once Ctrl-C was pressed. Looks at most every 20 ms, since
// another Python thread may keep the GIL for a while. What another signal handler raises is thrown.
class KeyboardInterrupt {
public:
    bool operator()() {
        const auto now = std::chrono::steady_clock::now();
        if (pressed_ || now < next_look_) return pressed_;
        next_look_ = now + std::chrono::milliseconds(20);
        return pressed_ = look();
    }

private:
    static bool look() {
        const pybind11::gil_scoped_acquire gil;
        if (PyErr_CheckSignals() == 0) return false;
        if (!PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) throw pybind11::error_already_set();
        PyErr_Clear();
        return true;
    }

    bool pressed_ = false;
    std::chrono::steady_clock::time_point next_look_ = std::chrono::steady_clock::now();
};

inline core::Execution interruptible(int threads) { return {.threads = threads, .stop_requested = KeyboardInterrupt()}; }

}  // namespace nagamochi::bindings
