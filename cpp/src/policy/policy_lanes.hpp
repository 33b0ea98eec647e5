#pragma once

namespace nagamochi {

constexpr int chain_lanes = 8;  // chains that are evaluated together, whatever the instruction set

struct alignas(64) LaneNumbers {
    double of_chain[chain_lanes];
};

// Ratings are counted from 0 here. Plain pointers, owned by the caller.
struct LaneInterval {
    int time;
    int step;
    int last_step;
    int additional;               // inspections between two periodic ones at most
    const int* rests;             // (additional) times left after each
    const double* step_discount;  // (additional) factors at each
    double annuity;               // yen once per interval for ever, over yen of one
    long first_policy;
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
    long policies;
    const double* repair_cost;  // (ratings)
    double inspection_cost;
    double additional_cost;
};

// Of a rating: the upper-triangular row starts at its own column.
constexpr int triangle(int ratings) { return ratings * (ratings + 1) / 2; }

struct LaneChoices {
    int limits;
    const double* limit;
    LaneNumbers* policy;  // (limits) index as a number, -1: none keeps to the limit
    LaneNumbers* risk;    // (limits)
    LaneNumbers* lcc;     // (limits)
};

// Evaluates all policies of eight chains, then chooses. One source compiled for three instruction sets.
//   matrices   (times, triangle) with the base times filled in
//   risk, lcc  (policies)
using PolicyLanes = void (*)(const LaneSpace& space, LaneNumbers* matrices, LaneNumbers* workspace, LaneNumbers* risk, LaneNumbers* lcc,
                             const LaneChoices& choices);

void policy_lanes_baseline(const LaneSpace& space, LaneNumbers* matrices, LaneNumbers* workspace, LaneNumbers* risk, LaneNumbers* lcc,
                           const LaneChoices& choices);
void policy_lanes_avx2(const LaneSpace& space, LaneNumbers* matrices, LaneNumbers* workspace, LaneNumbers* risk, LaneNumbers* lcc,
                       const LaneChoices& choices);
void policy_lanes_avx512(const LaneSpace& space, LaneNumbers* matrices, LaneNumbers* workspace, LaneNumbers* risk, LaneNumbers* lcc,
                         const LaneChoices& choices);

}  // namespace nagamochi
