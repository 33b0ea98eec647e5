#pragma once

#include <vector>

#include "nagamochi/core/types.hpp"

namespace nagamochi::policy {

// Periodic inspections `years` apart and additional ones `spacing` apart between them, the last gap taking what is left.
struct Rhythm {
    double years;
    double spacing;  // 0: no additional inspections
};

// The times for which policies need transition probabilities, each the sum of two shorter ones wherever it can be.
class Timetable {
public:
    struct Sum {
        Index first, second;  // indices of times; negative for a base time
    };
    struct Interval {
        double years;
        double spacing;            // 0: no additional inspections
        Index time;                // index of `years`
        Index step;                // index of `spacing`
        Index last_step;           // index of the gap between the last additional inspection and the next periodic one
        std::vector<Index> rests;  // indices of the times left after additional inspections 1, 2, ..
    };

    // Probabilities are to be had for any time, or with `period` > 0 for its whole multiples only, which all times must be.
    Timetable(const std::vector<Rhythm>& rhythms, double period);

    [[nodiscard]] const std::vector<double>& times() const { return times_; }
    [[nodiscard]] const std::vector<Sum>& sums() const { return sums_; }
    [[nodiscard]] const std::vector<double>& base_times() const { return base_times_; }
    [[nodiscard]] const std::vector<Interval>& intervals() const { return intervals_; }

private:
    [[nodiscard]] Index find(double time) const;
    void split_times();

    std::vector<double> times_;
    std::vector<Sum> sums_;
    std::vector<double> base_times_;
    std::vector<Interval> intervals_;
};

// Transition matrices of one chain at all times of a timetable,
//   base      (base times, J, J) upper triangular
//   matrices  (times, J, J)
void compose_transitions(const Timetable& timetable, Index ratings, Numbers base, std::span<double> matrices);

}  // namespace nagamochi::policy
