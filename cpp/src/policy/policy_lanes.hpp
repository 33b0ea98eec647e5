#pragma once

#include "nagamochi/core/index.hpp"

namespace nagamochi::policy {

// Ratings are counted from 0 here. Plain pointers, owned by the caller.
struct LaneInterval {
    int time;
    int step;
    int last_step;
    int additional;               // inspections between two periodic ones at most
    const int* rests;             // (additional) times left after each
    const double* step_discount;  // (additional) factors at each
    double annuity;               // yen once per interval for ever, over yen of one
    Index first_policy;
};

struct LaneSpace {
    int ratings;
    int times;
    const int* first;   // (times) index of a shorter time; negative: a base time
    const int* second;  // (times) index of the rest
    int intervals;
    const LaneInterval* interval;
    int repairs_on_watch;
    const int* repair_on_watch_at;  // (repairs_on_watch)
    int most_additional;
    Index policies;
    const double* repair_cost;  // (ratings)
    double inspection_cost;
    double additional_cost;
};

// Of a rating: the upper-triangular row starts at its own column.
static constexpr int triangle(int ratings) { return ratings * (ratings + 1) / 2; }

struct LaneChoices {
    int limits;
    const double* limit;
    double* policy;  // (limits, lanes) index as a number, -1: none keeps to the limit
    double* risk;    // (limits, lanes)
    double* lcc;     // (limits, lanes)
};

// Evaluates all policies of as many chains as the instruction set has lanes, then chooses. One source compiled for three
// instruction sets. All arrays begin at a cache line.
//   matrices   (times, triangle, lanes) with the base times filled in
//   workspace  (J J + J most_additional + 2 J + 2 (J + 1) (J + 2), lanes)
//   risk, lcc  (policies, lanes)
using PolicyLanes = void (*)(const LaneSpace& space, double* matrices, double* workspace, double* risk, double* lcc,
                             const LaneChoices& choices);

void policy_lanes_baseline(const LaneSpace& space, double* matrices, double* workspace, double* risk, double* lcc,
                           const LaneChoices& choices);
void policy_lanes_avx2(const LaneSpace& space, double* matrices, double* workspace, double* risk, double* lcc, const LaneChoices& choices);
void policy_lanes_avx512(const LaneSpace& space, double* matrices, double* workspace, double* risk, double* lcc,
                         const LaneChoices& choices);

}  // namespace nagamochi::policy
