#pragma once

namespace nagamochi::policy {

constexpr int transition_terms = 16;  // of the series; a hazard times the first step is at most 1/2

// A short step of chains with one hazard after another, and how often it is doubled. Plain pointers, owned by the caller.
struct LaneSteps {
    int ratings;
    int most_doublings;
    const double* doublings;  // (lanes)
    const double* stay;       // (lanes) chance of staying at the fastest hazard
    const double* slack;      // (ratings, lanes) hazards short of the fastest one, times the step
    const double* jump;       // (ratings - 1, lanes) hazards times the step
};

// Transition probabilities of the doubled steps, (triangle, lanes). One source compiled for three instruction sets.
using TransitionLanes = void (*)(const LaneSteps& steps, double* matrix);

void transition_lanes_baseline(const LaneSteps& steps, double* matrix);
void transition_lanes_avx2(const LaneSteps& steps, double* matrix);
void transition_lanes_avx512(const LaneSteps& steps, double* matrix);

}  // namespace nagamochi::policy
