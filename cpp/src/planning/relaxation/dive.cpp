#include "dive.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "boxed_step.hpp"
#include "nagamochi/core/exponential.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr double like_least = 1.1;          // use that counts as the least of a bridge
constexpr double least_temperature = 1e-6;  // yen
constexpr double least_exponent = -30.0;    // of a weight that is not 0
constexpr double least_probability = 1e-6;  // that counts
constexpr double largest_surprise = 0.01;   // of a row: use by bridges that are fixed beyond what was expected
constexpr Index most_steps = 4;             // of the prices, until the next bridges are fixed
constexpr double longest_step = 0.5;        // of a price and a fifth of its scale
constexpr double shortest_climb = 0.05;     // of a step
constexpr double backtracking = 0.3;
constexpr double damping = 1e-3;
constexpr double sufficient_gain = 2e-3;  // of a step, as a share of the temperatures
constexpr double infinite = std::numeric_limits<double>::infinity();

double yen(Index amount) { return static_cast<double>(amount) * (1.0 / (1 << amount_bits)); }

}  // namespace

Dive::Dive(const Choices& choices, const Rows& rows, Indices bounds, const Eigen::ArrayXd& prices)
    : choices_(choices),
      rows_(rows.rows()),
      bounds_(bounds),
      scales_(rows.scales()),
      start_prices_(prices),
      reserves_(at(choices.bridges() * rows_), 0),
      prices_(prices),
      means_(rows_, choices.bridges()),
      expected_share_(at(choices.bridges())) {
    std::vector<double> totals;
    for (Index bridge = 0; bridge < choices.bridges(); ++bridge) {
        double least = infinite;
        totals.clear();
        for (Index choice = choices.first(bridge); choice < choices.last(bridge); ++choice) {
            double share = 0.0;
            double total = 0.0;
            for (const RowUse& use : choices.use(choice)) {
                share = std::max(share, static_cast<double>(use.amount) / static_cast<double>(std::max<Index>(bounds[at(use.row)], 1)));
                total += scales_[use.row] * yen(use.amount);
            }
            shares_.push_back(share);
            totals.push_back(total);
            least = std::min(least, value(choice));
        }
        least_values_.push_back(least);
        reserve(bridge, totals);
    }
}

// The mean of the choices that use least: a bridge may choose the years of its inspections.
void Dive::reserve(Index bridge, const std::vector<double>& totals) {
    const double most = like_least * *std::ranges::min_element(totals);
    const Index count = std::ranges::count_if(totals, [&](double total) { return total <= most; });
    for (Index choice = choices_.first(bridge); choice < choices_.last(bridge); ++choice)
        if (totals[at(choice - choices_.first(bridge))] <= most)
            for (const RowUse& use : choices_.use(choice)) reserves_[at(bridge * rows_ + use.row)] += use.amount / count;
}

std::vector<Index> Dive::run(double temperature, const StopRequested& stop_requested) {
    temperature_ = temperature;
    start();
    while (!free_.empty() && !stop_requested()) {
        settle();
        fix_largest();
    }
    for (const Index bridge : free_) fix(bridge, fitting(bridge));
    return fixed_;
}

void Dive::start() {
    free_.clear();
    fixed_.assign(at(choices_.bridges()), -1);
    left_.assign(bounds_.begin(), bounds_.end());
    reserved_.assign(at(rows_), 0);
    for (Index bridge = 0; bridge < choices_.bridges(); ++bridge) {
        free_.push_back(bridge);
        for (Index row = 0; row < rows_; ++row) reserved_[at(row)] += reserves_[at(bridge * rows_ + row)];
    }
    prices_ = start_prices_;
}

// Newton steps to prices at which the free bridges are expected to use what is left.
void Dive::settle() {
    mix();
    for (Index i = 0; i < most_steps; ++i) {
        const Eigen::VectorXd step = newton_step();
        if (step.dot(slope_) <= sufficient_gain * smoothing_) return;
        const Eigen::ArrayXd from = prices_;
        const double before = value_;
        double length = 1.0;
        do {
            prices_ = (from + length * step.array()).cwiseMax(0.0);
            mix();
            length *= backtracking;
        } while (value_ <= before && length > shortest_climb);
        if (value_ > before) continue;
        prices_ = from;
        mix();
        return;
    }
}

Eigen::VectorXd Dive::newton_step() const {
    Eigen::MatrixXd curvature = curvature_.selfadjointView<Eigen::Lower>();
    Eigen::VectorXd lowest(rows_);
    Eigen::VectorXd highest(rows_);
    for (Index row = 0; row < rows_; ++row) {
        const double limit = longest_step * (0.2 * scales_[row] + prices_[row]);
        lowest[row] = -std::min(limit, prices_[row]);
        highest[row] = limit;
        curvature(row, row) += damping * (curvature(row, row) + std::abs(slope_[row]) / limit) + 1e-12;
    }
    return boxed_step(curvature, slope_, lowest, highest);
}

void Dive::mix() {
    slope_.resize(rows_);
    for (Index row = 0; row < rows_; ++row) slope_[row] = -yen(left_[at(row)]);
    value_ = prices_.matrix().dot(slope_);
    smoothing_ = 0.0;
    curvature_ = Eigen::MatrixXd::Zero(rows_, rows_);
    for (const Index bridge : free_) mix_bridge(bridge);
}

// Adds what a bridge is expected to use where it takes each choice with probability proportional to exp(-value / temperature).
void Dive::mix_bridge(Index bridge) {
    const double temperature = std::max(temperature_ * least_values_[at(bridge)], least_temperature);
    const double total = weigh(bridge, temperature);
    const bool is_mixed = 1.0 <= (1.0 - least_probability) * total;
    auto mean = means_.col(bridge);
    mean.setZero();
    touched_.clear();
    double& share = expected_share_[at(bridge)];
    share = 0.0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        const double probability = weights_[i] / total;
        if (probability < least_probability) continue;
        const Index choice = choices_.first(bridge) + static_cast<Index>(i);
        share += probability * shares_[at(choice)];
        const std::span<const RowUse> uses = choices_.use(choice);
        for (const RowUse& use : uses) {
            if (mean[use.row] == 0.0) touched_.push_back(use.row);
            mean[use.row] += probability * yen(use.amount);
        }
        if (!is_mixed) continue;
        for (std::size_t a = 0; a < uses.size(); ++a)
            for (std::size_t b = 0; b <= a; ++b)
                curvature_(std::max(uses[a].row, uses[b].row), std::min(uses[a].row, uses[b].row)) +=
                    probability / temperature * yen(uses[a].amount) * yen(uses[b].amount);
    }
    for (const Index row : touched_) slope_[row] += mean[row];
    if (!is_mixed) return;
    std::ranges::sort(touched_);
    for (std::size_t a = 0; a < touched_.size(); ++a)
        for (std::size_t b = 0; b <= a; ++b) curvature_(touched_[a], touched_[b]) -= mean[touched_[a]] * mean[touched_[b]] / temperature;
}

// Weights of a bridge's choices, 1 for the best; adds its soft minimum. Returns their sum.
double Dive::weigh(Index bridge, double temperature) {
    weights_.clear();
    for (Index choice = choices_.first(bridge); choice < choices_.last(bridge); ++choice) weights_.push_back(value(choice));
    const double least = *std::ranges::min_element(weights_);
    double total = 0.0;
    for (double& weight : weights_) {
        const double exponent = (least - weight) / temperature;
        weight = exponent < least_exponent ? 0.0 : core::exponential(exponent);
        total += weight;
    }
    value_ += least - temperature * core::logarithm(total);
    smoothing_ += temperature;
    return total;
}

// Until what they use surprises: then the others need other prices.
void Dive::fix_largest() {
    std::ranges::stable_sort(free_, std::ranges::greater{}, [&](Index bridge) { return expected_share_[at(bridge)]; });
    std::vector<double> surprise(at(rows_), 0.0);
    const auto surprises = [&] {
        for (Index row = 0; row < rows_; ++row)
            if (std::abs(surprise[at(row)]) > largest_surprise * std::max(yen(bounds_[at(row)]), 0.0)) return true;
        return false;
    };
    auto next = free_.begin();
    do {
        const Index choice = fitting(*next);
        for (Index row = 0; row < rows_; ++row) surprise[at(row)] -= means_(row, *next);
        for (const RowUse& use : choices_.use(choice)) surprise[at(use.row)] += yen(use.amount);
        fix(*next++, choice);
    } while (next != free_.end() && !surprises());
    free_.erase(free_.begin(), next);
}

// The choice of least value that leaves what is reserved for the others; where there is none, one that overruns it least.
Index Dive::fitting(Index bridge) const {
    Index best = choices_.first(bridge);
    double least = infinite;
    double least_over = infinite;
    const Index* const own = reserves_.data() + bridge * rows_;
    for (Index choice = choices_.first(bridge); choice < choices_.last(bridge); ++choice) {
        double over = 0.0;
        for (const RowUse& use : choices_.use(choice)) {
            const Index lacking = use.amount + reserved_[at(use.row)] - own[use.row] - left_[at(use.row)];
            if (lacking > 0) over += scales_[use.row] * yen(lacking);
        }
        const double own_value = value(choice);
        if (over > least_over || (over == least_over && own_value >= least)) continue;
        least_over = over;
        least = own_value;
        best = choice;
    }
    return best;
}

void Dive::fix(Index bridge, Index choice) {
    fixed_[at(bridge)] = choice;
    for (const RowUse& use : choices_.use(choice)) left_[at(use.row)] -= use.amount;
    for (Index row = 0; row < rows_; ++row) reserved_[at(row)] -= reserves_[at(bridge * rows_ + row)];
}

double Dive::value(Index choice) const {
    double value = choices_.cost(choice);
    for (const RowUse& use : choices_.use(choice)) value += prices_[use.row] * yen(use.amount);
    return value;
}

}  // namespace nagamochi::planning::relaxation
