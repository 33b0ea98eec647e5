#pragma once

#include <cstdint>
#include <vector>

#include "nagamochi/planning/relaxation.hpp"
#include "rows.hpp"

namespace nagamochi::planning::relaxation {

// The allowed plans that a selection within the rows may contain (groups, plans), or empty where these are all that are allowed.
//
// Any other plan overruns a row even if everything else uses as little of the row as it can: the other groups of its bridge in its
// timetable, the other bridges at any time, but with the same interval where bridges share one.
[[nodiscard]] std::vector<std::uint8_t> possible_plans(const RelaxationProblem& problem, const Rows& rows, int threads);

}  // namespace nagamochi::planning::relaxation
