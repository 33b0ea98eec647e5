#include "nagamochi/policy/chain.hpp"

#include <algorithm>
#include <cmath>

namespace nagamochi::policy {
namespace {

constexpr double time_tolerance = 1e-9;

bool same_time(double a, double b) { return std::abs(a - b) <= time_tolerance * std::max(1.0, std::abs(a)); }

// Additional inspections between two periodic ones.
Index additional_inspections(const Rhythm& rhythm) {
    if (rhythm.spacing <= 0.0) return 0;
    return static_cast<Index>(std::ceil(rhythm.years / rhythm.spacing - time_tolerance)) - 1;
}

std::vector<double> needed_times(const std::vector<Rhythm>& rhythms) {
    std::vector<double> times;
    for (const Rhythm& rhythm : rhythms) {
        times.push_back(rhythm.years);
        const Index additional = additional_inspections(rhythm);
        if (additional > 0) times.push_back(rhythm.spacing);
        for (Index j = 1; j <= additional; ++j) times.push_back(rhythm.years - static_cast<double>(j) * rhythm.spacing);
    }
    return times;
}

std::vector<double> multiples(double period, double until) {
    std::vector<double> times;
    for (Index k = 1; static_cast<double>(k - 1) * period < until * (1.0 - time_tolerance); ++k)
        times.push_back(static_cast<double>(k) * period);
    return times;
}

// product += left right, all (J, J) upper triangular.
void multiply(const double* left, const double* right, Index ratings, double* product) {
    for (Index i = 0; i < ratings; ++i)
        for (Index k = i; k < ratings; ++k)
            for (Index j = k; j < ratings; ++j) product[i * ratings + j] += left[i * ratings + k] * right[k * ratings + j];
}

}  // namespace

Timetable::Timetable(const std::vector<Rhythm>& rhythms, double period) {
    times_ = needed_times(rhythms);
    if (period > 0.0) times_ = multiples(period, *std::ranges::max_element(times_));
    std::ranges::sort(times_);
    times_.erase(std::unique(times_.begin(), times_.end(), same_time), times_.end());
    split_times();
    for (const Rhythm& rhythm : rhythms) {
        Interval interval{rhythm.years, rhythm.spacing, find(rhythm.years), 0, 0, {}};
        for (Index j = 1; j <= additional_inspections(rhythm); ++j)
            interval.rests.push_back(find(rhythm.years - static_cast<double>(j) * rhythm.spacing));
        if (!interval.rests.empty()) {
            interval.step = find(rhythm.spacing);
            interval.last_step = interval.rests.back();
        }
        intervals_.push_back(std::move(interval));
    }
}

Index Timetable::find(double time) const {
    return std::ranges::find_if(times_, [time](double known) { return same_time(known, time); }) - times_.begin();
}

void Timetable::split_times() {
    for (Index t = 0; t < std::ssize(times_); ++t) {
        Sum sum{-1, -1};
        for (Index first = 0; first < t && sum.first < 0; ++first) {
            const Index second = find(times_[at(t)] - times_[at(first)]);
            if (second < t) sum = {first, second};
        }
        if (sum.first < 0) base_times_.push_back(times_[at(t)]);
        sums_.push_back(sum);
    }
}

void compose_transitions(const Timetable& timetable, Index ratings, Numbers base, std::span<double> matrices) {
    const Index size = ratings * ratings;
    const double* next_base = base.data();
    double* matrix = matrices.data();
    for (const Timetable::Sum& sum : timetable.sums()) {
        if (sum.first < 0) {
            std::copy_n(next_base, size, matrix);
            next_base += size;
        } else {
            std::fill_n(matrix, size, 0.0);
            multiply(matrices.data() + sum.first * size, matrices.data() + sum.second * size, ratings, matrix);
        }
        matrix += size;
    }
}

}  // namespace nagamochi::policy
