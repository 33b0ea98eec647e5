#pragma once

#include <stdexcept>

namespace nagamochi::core {

// Thrown out of a kernel when its caller asked it to stop.
class Interrupted : public std::runtime_error {
public:
    Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace nagamochi::core
