#include "dual.hpp"

#include <algorithm>
#include <cmath>

#include "boxed_step.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr Index small_sample_size = 200;
constexpr double warmer_temperature = 4e-4;  // of a bridge's value, from prices of a small sample
constexpr double warm_temperature = 2e-4;    // from those of a larger one
constexpr double sampling_error = 4e-3;      // of its bound
constexpr double sampling_tolerance = 3e-5;
constexpr double heating = 8.0;
constexpr double settled_gain = 0.3;     // of a step, as a share of the smoothing
constexpr double much = 3e-3;            // of the bound, left to gain
constexpr double too_cold = 1e-3;        // smoothing, as a share of what a step promises: values have outgrown their scale
constexpr double suspicious_rise = 0.1;  // of the bound without prices
constexpr Index passes_between_proofs = 4;
constexpr double level_growth = 4.0;
constexpr int least_levels = 2;  // of prices that raise the bound
constexpr int most_levels = 8;   // beyond which no plan may keep the rows
constexpr double hot = 0.2;      // of a bridge's value at these prices
constexpr double gentle_cooling = 4.0;
constexpr Index few_priced = 12;  // rows
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double longest_step = 1.0;       // of a price and a fifth of its scale
constexpr double shortest_climb = 1e-3;    // of a step
constexpr double sufficient_share = 1e-2;  // of the rise that the slope promises

double rounded_price(double price) { return std::ldexp(std::nearbyint(std::ldexp(price, price_bits)), -price_bits); }

}  // namespace

struct Dual::Step {
    Eigen::ArrayXd direction;
    double gain;  // slope along the direction
};

DualPoint Dual::maximize(const Eigen::ArrayXd& start, const DualGoal& goal, const StopRequested& stop_requested) {
    DualPoint point{.prices = start};
    double temperature = goal.temperature;
    if (sample_) {
        goal_ = goal;
        goal_.enough *= 1.0 + sampling_error;
        goal_.tolerance = std::max(goal.tolerance, sampling_tolerance);
        minimizer_ = sample_.get();
        sample_->scale(start, goal.cost_weight);
        sample_->sample(bridges_ / small_sample_size);
        point = rise(start, temperature, false, stop_requested);
        sample_->sample(bridges_ / sample_size);
        point = search(point.prices, warmer_temperature, point.no_plan, stop_requested);
        temperature = warm_temperature;
    }
    goal_ = goal;
    minimizer_ = all_.get();
    passes_ = 0;
    way_.clear();
    all_->scale(point.prices, goal.cost_weight);
    point = sample_ ? search(point.prices, temperature, point.no_plan, stop_requested)
                    : rise(point.prices, temperature, point.no_plan, stop_requested);
    if (goal.cost_weight == 1.0) point.near = all_->near(point.prices);
    return point;
}

// As search(); but from no prices, where the larger equal prices of all rows are the more they raise the bound, from the best of these,
// hot: values would outgrow the scales that they have without prices, and steps would be short.
DualPoint Dual::rise(const Eigen::ArrayXd& start, double temperature, bool suspicious, const StopRequested& stop_requested) {
    if (!splits_ || goal_.cost_weight == 0.0 || (start > 0.0).any()) return search(start, temperature, suspicious, stop_requested);
    temperature_ = temperature;
    best_ = {.prices = start};
    look(start);
    int levels = 0;
    for (double level = 1.0; levels < most_levels; level *= level_growth, ++levels) {
        const double before = best_.bound;
        look((level * rows_.scales()).unaryExpr(&rounded_price));
        if (best_.bound <= before) break;
    }
    if (levels < least_levels || levels == most_levels) return search(start, temperature, suspicious, stop_requested);
    const Eigen::ArrayXd prices = best_.prices;
    minimizer_->scale(prices, goal_.cost_weight);
    goal_.cooling = gentle_cooling;
    return search(prices, hot, suspicious, stop_requested);
}

// Newton steps from prices that may prove by themselves that no plan keeps the rows.
DualPoint Dual::search(const Eigen::ArrayXd& start, double temperature, bool suspicious, const StopRequested& stop_requested) {
    best_ = {.prices = start};
    settled_prices_ = start;
    settled_temperature_ = 0.0;
    temperature_ = temperature;
    damping_ = 0.1;
    look(start);
    if (suspicious && proves_infeasible()) return {.prices = prices_, .bound = best_.bound, .no_plan = true};
    const double suspect = goal_.cost_weight == 0.0 ? infinite : best_.bound + suspicious_rise * std::abs(best_.bound);
    const Index usual_passes = passes_ + goal_.passes;
    const double more = goal_.cost_weight == 0.0 ? 0.0 : goal_.more_passes * static_cast<double>(goal_.passes);
    const Index last_pass = usual_passes + static_cast<Index>(more);
    Index next_proof = 0;
    int fruitless = 0;  // temperatures at which the bound did not rise
    bool cooled = false;
    while (passes_ < last_pass && best_.bound < goal_.enough && !stop_requested()) {
        const Step step = newton_step();
        if (passes_ >= usual_passes && soft_->excess + step.gain <= much * std::abs(best_.bound)) break;
        if (!cooled && soft_->excess > 0.0 && soft_->excess < too_cold * step.gain) {
            temperature_ *= heating;
            look(prices_);
            continue;
        }
        if (soft_->excess + step.gain <= tolerance() * std::abs(best_.bound)) break;
        if (step.gain > settled_gain * soft_->excess && climb(step)) {
            fruitless = 0;
            if (best_.bound < suspect || passes_ < next_proof) continue;
            if (proves_infeasible()) return {.prices = prices_, .bound = best_.bound, .no_plan = true};
            next_proof = passes_ + passes_between_proofs;
            continue;
        }
        if (step.gain <= settled_gain * soft_->excess || settled_temperature_ == 0.0) {
            settled_prices_ = prices_;
            settled_temperature_ = temperature_;
        }
        if (++fruitless > goal_.most_fruitless) break;
        cooled = true;
        temperature_ /= goal_.cooling;
        look(prices_);
    }
    return best_;
}

double Dual::tolerance() const {
    return (prices_ > 0.0).count() <= few_priced ? std::max(goal_.tolerance, goal_.rough_tolerance) : goal_.tolerance;
}

void Dual::look(const Eigen::ArrayXd& prices) {
    soft_ = &minimizer_->minimize(prices, goal_.cost_weight, temperature_);
    prices_ = prices;
    slope_ = rows_.use(soft_->use) - rows_.bounds();
    const double allowance = (prices * rows_.bounds()).sum();
    value_ = soft_->soft - allowance;
    if (soft_->least - allowance > best_.bound) {
        best_ = {.prices = prices, .bound = soft_->least - allowance};
        way_.push_back(prices);
    }
    ++passes_;
}

// Whether the prices alone, without costs, prove that no plan keeps the rows.
bool Dual::proves_infeasible() const { return minimizer_->least(prices_, 0.0) - (prices_ * rows_.bounds()).sum() > prices_.maxCoeff(); }

// Goes along the step until the smoothed bound has risen enough; false if it does not.
bool Dual::climb(const Step& step) {
    const Eigen::ArrayXd from = prices_;
    const double value = value_;
    for (double length = 1.0; length > shortest_climb;) {
        look((from + length * step.direction).cwiseMax(0.0).cwiseMin(goal_.largest_price * rows_.scales()).unaryExpr(&rounded_price));
        const double rise = value_ - value;
        if (rise >= sufficient_share * length * step.gain) return true;
        const double promised = length * step.gain;
        length *= std::clamp(0.5 * promised / (promised - rise), 0.1, 0.5);  // where a parabola would be highest
    }
    look(from);
    return false;
}

Dual::Step Dual::newton_step() const {
    const Index n = rows_.rows();
    std::vector<Index> free;
    std::vector<Index> place(at(n), -1);
    for (Index row = 0; row < n; ++row) {
        if (slope_[row] > 0.0 ? prices_[row] >= goal_.largest_price * rows_.scales()[row] : prices_[row] <= 0.0) continue;
        place[at(row)] = std::ssize(free);
        free.push_back(row);
    }
    Step step{.direction = Eigen::ArrayXd::Zero(n), .gain = 0.0};
    if (free.empty()) return step;
    const Index m = std::ssize(free);
    Eigen::MatrixXd curvature = Eigen::MatrixXd::Zero(m, m);
    for (Index c = 0; c < rows_.classes(); ++c) {
        std::vector<Index> columns;  // of the class's coefficients
        std::vector<Index> places;
        const auto& own = rows_.rows_of(c);
        for (Index i = 0; i < std::ssize(own); ++i) {
            if (place[at(own[at(i)])] < 0) continue;
            columns.push_back(i);
            places.push_back(place[at(own[at(i)])]);
        }
        const Eigen::MatrixXd coefficients = rows_.coefficients(c)(Eigen::all, columns);
        const Eigen::MatrixXd spread = soft_->curvatures[at(c)].selfadjointView<Eigen::Lower>() * coefficients;
        curvature(places, places) += coefficients.transpose() * spread;
    }
    Eigen::VectorXd slopes(m);
    Eigen::VectorXd lowest(m);
    Eigen::VectorXd highest(m);
    for (Index i = 0; i < m; ++i) {
        const Index row = free[at(i)];
        const double limit = longest_step * (0.2 * rows_.scales()[row] + prices_[row]);
        slopes[i] = slope_[row];
        lowest[i] = -std::min(limit, prices_[row]);
        highest[i] = std::min(limit, goal_.largest_price * rows_.scales()[row] - prices_[row]);
        curvature(i, i) += 1e-9 * curvature(i, i) + damping_ * std::abs(slope_[row]) / limit + 1e-12;
    }
    const Eigen::VectorXd direction = boxed_step(curvature, slopes, lowest, highest);
    for (Index i = 0; i < m; ++i) step.direction[free[at(i)]] = direction[i];
    step.gain = direction.dot(slopes);
    return step;
}

}  // namespace nagamochi::planning::relaxation
