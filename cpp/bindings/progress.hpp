#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/typing.h>

#include <chrono>
#include <optional>

#include "interrupt.hpp"

namespace nagamochi::bindings {

template <class Record>
using ProgressFunction = pybind11::typing::Callable<pybind11::object(const Record&)>;

// Calls Python's progress function, at most once in a time; False from it, or Ctrl-C within it, is a request to stop.
template <class Record>
class Progress {
public:
    explicit Progress(const std::optional<ProgressFunction<Record>>& function, std::chrono::milliseconds between = {})
        : function_(function), between_(between) {}

    void report(const Record& record) {
        const auto now = std::chrono::steady_clock::now();
        if (!function_ || stopped_ || now < next_report_) return;
        next_report_ = now + between_;
        const pybind11::gil_scoped_acquire gil;
        try {
            stopped_ = (*function_)(record).is(pybind11::bool_(false));
        } catch (const pybind11::error_already_set& error) {
            if (!error.matches(PyExc_KeyboardInterrupt)) throw;
            stopped_ = true;
        }
    }

    bool stop_requested() { return stopped_ || keyboard_(); }

private:
    const std::optional<ProgressFunction<Record>>& function_;
    std::chrono::milliseconds between_;
    KeyboardInterrupt keyboard_;
    bool stopped_ = false;
    std::chrono::steady_clock::time_point next_report_ = std::chrono::steady_clock::now();
};

}  // namespace nagamochi::bindings
