#include "soft_minimum.hpp"

#include <algorithm>
#include <numeric>

#include "nagamochi/core/exponential.hpp"
#include "near_plans.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr double smallest_spread = 0.005;  // shares below do not count in curvatures
constexpr double smallest_scale = 0.01;    // of the mean
constexpr Index plans_per_thread = 20000;
constexpr Index values_per_chunk = 64;
constexpr double near_ratio = 1.05;    // of worths: at prices as near, near plans are all that have a share
constexpr double near_warmest = 1e-3;  // beyond which most plans have one
constexpr Index near_from = 48;        // plans of a group: of fewer most are near the best

// Resources that inspections or repairs of each timetable use, rising.
std::vector<std::vector<Index>> used_resources(const RelaxationProblem& problem) {
    const PlanLayout& layout = problem.layout;
    std::vector<std::vector<bool>> is_used(at(timetables(layout)), std::vector<bool>(at(problem.resources()), false));
    for (Index index = 0; index < layout.plans(); ++index) {
        const Index interval = index / layout.lanes();
        std::vector<bool>& own = is_used[at(interval * std::ssize(layout.first_years()) + index % std::ssize(layout.first_years()))];
        const Plan plan = layout.plan(index);
        for (Index year = plan.first_year; year <= layout.horizon(); year += plan.interval) own[at(year - 1)] = true;
        for (Index k = 0; k < layout.slots(plan); ++k) own[at(plan.repair_year(k) - 1)] = true;
    }
    std::vector<std::vector<Index>> used(is_used.size());
    for (std::size_t t = 0; t < used.size(); ++t)
        for (Index e = 0; e < problem.resources(); ++e)
            if (e >= layout.horizon() || is_used[t][at(e)]) used[t].push_back(e);
    return used;
}

// Resource of each slot of each plan.
std::vector<std::vector<Index>> repair_resources(const PlanLayout& layout) {
    std::vector<std::vector<Index>> resources(at(layout.plans()));
    for (Index index = 0; index < layout.plans(); ++index) {
        const Plan plan = layout.plan(index);
        for (Index k = 0; k < layout.slots(plan); ++k) resources[at(index)].push_back(plan.repair_year(k) - 1);
    }
    return resources;
}

}  // namespace

struct SoftMinimizer::BlockSum {
    double least = 0.0;
    double soft = 0.0;
    double excess = 0.0;
    std::vector<double> use;
    Eigen::MatrixXd curvature;

    void clear(Index resources) {
        least = soft = excess = 0.0;
        use.assign(at(resources), 0.0);
        curvature.setZero(resources, resources);
    }
};

// The shares of one bridge's plans, and what they use.
class SoftMinimizer::BridgeMixture {
public:
    BridgeMixture(const RelaxationProblem& problem, IntervalRange range, const std::vector<std::vector<Index>>& used_in,
                  const std::vector<std::vector<Index>>& repaired_in)
        : problem_(problem),
          layout_(problem.layout),
          values_(problem, range),
          shares_(at(timetables(layout_))),
          use_(problem.resources()),
          group_mean_(problem.resources()),
          timetable_mean_(problem.resources()),
          bridge_mean_(problem.resources()),
          all_resources_(at(problem.resources())),
          used_in_(used_in),
          repaired_in_(repaired_in) {
        std::iota(all_resources_.begin(), all_resources_.end(), Index{0});
    }

    void add(const PriceTable& prices, Index bridge, double temperature, BlockSum& sum) {
        values_.price(prices, bridge);
        temperature_ = temperature;
        sum.least += values_.least();
        const bool spread = share_timetables() < 1.0 - smallest_spread;
        sum.soft += values_.least() - temperature_ * core::logarithm(total_weight_);
        bridge_mean_.setZero();
        for (Index t = values_.first_timetable(); t < values_.last_timetable(); ++t) {
            const double share = shares_[at(t)];
            if (share == 0.0) continue;
            add_timetable(bridge, t, sum);
            for (const Index e : used_in_[at(t)]) sum.use[at(e)] += share * timetable_mean_[e];
            if (!spread || share < smallest_spread) continue;
            note_used(timetable_mean_, used_in_[at(t)]);
            add_square(share, timetable_mean_, sum);
            for (const Index e : used_) bridge_mean_[e] += share * timetable_mean_[e];
        }
        if (!spread) return;
        note_used(bridge_mean_, all_resources_);
        add_square(-1.0, bridge_mean_, sum);
    }

    // Of the bridge that was added last.
    [[nodiscard]] const BridgeValues& values() const { return values_; }

    // Writes down the shares of the bridge's plans (groups, plans).
    void share(const PriceTable& prices, Index bridge, double temperature, std::vector<double>& shares) {
        values_.price(prices, bridge);
        temperature_ = temperature;
        share_timetables();
        for (Index t = values_.first_timetable(); t < values_.last_timetable(); ++t) {
            if (shares_[at(t)] == 0.0) continue;
            for (Index g = values_.first_group(); g < values_.last_group(); ++g) {
                const double total = totals_[at((g - values_.first_group()) * timetables(layout_) + t)];
                for (Index rule = 0; rule < layout_.rules(); ++rule) {
                    const Index plan = values_.plan_of(t, rule);
                    shares[at(g * layout_.plans() + plan)] = shares_[at(t)] * weights_[place(g, plan)] / total;
                }
            }
        }
    }

private:
    [[nodiscard]] double weight(double above) const {
        return above < coldest * temperature_ ? core::exponential(-above / temperature_) : 0.0;
    }

    // Weighs the repair rules of a group in a timetable beside the best of them; returns their sum.
    double weigh_rules(Index group, Index t) {
        double total = 0.0;
        for (Index rule = 0; rule < layout_.rules(); ++rule) {
            const Index plan = values_.plan_of(t, rule);
            const double of_rule = weight(values_.plan(group, plan) - values_.group(group, t));
            weights_[place(group, plan)] = of_rule;
            total += of_rule;
        }
        totals_[at((group - values_.first_group()) * timetables(layout_) + t)] = total;
        return total;
    }

    [[nodiscard]] std::size_t place(Index group, Index plan) const { return at((group - values_.first_group()) * layout_.plans() + plan); }

    // Returns the largest share.
    double share_timetables() {
        const Index groups = values_.last_group() - values_.first_group();
        if (std::ssize(totals_) < groups * timetables(layout_)) {
            weights_.resize(at(groups * layout_.plans()));
            totals_.resize(at(groups * timetables(layout_)));
        }
        double total = 0.0;
        double largest = 0.0;
        for (Index t = values_.first_timetable(); t < values_.last_timetable(); ++t) {
            double& share = shares_[at(t)];
            share = weight(values_.timetable(t) - values_.least());
            if (share == 0.0) continue;
            for (Index g = values_.first_group(); g < values_.last_group(); ++g) share *= weigh_rules(g, t);
            total += share;
            largest = std::max(largest, share);
        }
        for (Index t = values_.first_timetable(); t < values_.last_timetable(); ++t) shares_[at(t)] /= total;
        total_weight_ = total;
        return largest / total;
    }

    // Leaves the mean use of the timetable in timetable_mean_.
    void add_timetable(Index bridge, Index t, BlockSum& sum) {
        const double share = shares_[at(t)];
        for (const Index e : used_in_[at(t)]) timetable_mean_[e] = 0.0;
        const Index last_year = problem_.last_year_of(problem_.class_of_bridge[at(bridge)]);
        const Plan plan = layout_.plan(values_.plan_of(t, 0));
        for (Index year = plan.first_year; year <= last_year; year += plan.interval)
            timetable_mean_[year - 1] = problem_.inspection_cost[at(bridge)];
        sum.excess += share * (values_.timetable(t) - values_.least());
        for (Index g = values_.first_group(); g < values_.last_group(); ++g) add_rules(g, t, share, sum);
    }

    void add_rules(Index group, Index t, double share, BlockSum& sum) {
        const double total = totals_[at((group - values_.first_group()) * timetables(layout_) + t)];
        for (const Index e : used_in_[at(t)]) group_mean_[e] = 0.0;
        bool spread = false;
        for (Index rule = 0; rule < layout_.rules(); ++rule) {
            const Index plan = values_.plan_of(t, rule);
            if (weights_[place(group, plan)] == 0.0) continue;
            const double part = weights_[place(group, plan)] / total;
            sum.excess += share * part * (values_.plan(group, plan) - values_.group(group, t));
            read_plan(group, plan);
            for (const Index e : used_) timetable_mean_[e] += part * use_[e];
            if (share < smallest_spread || part < smallest_spread || part > 1.0 - smallest_spread) continue;
            spread = true;
            add_square(share * part, use_, sum);
            for (const Index e : used_) group_mean_[e] += part * use_[e];
        }
        if (!spread) return;
        note_used(group_mean_, used_in_[at(t)]);
        add_square(-share, group_mean_, sum);
    }

    void read_plan(Index group, Index plan) {
        used_.clear();
        if (problem_.near != nullptr) {
            problem_.near->visit(group, [&](Index near, const double* costs, Index) {
                if (near == plan) read_slots(plan, costs, 1);
            });
        } else {
            read_slots(plan, problem_.slots_of(group, plan), layout_.lanes());
        }
        for (Index k = 0; k < problem_.count_rows(); ++k)
            if (problem_.counts_in(k, group)) set_use(layout_.horizon() + k, problem_.count(k, group, plan));
    }

    void read_slots(Index plan, const double* slots, Index stride) {
        const std::vector<Index>& years = repaired_in_[at(plan)];
        for (Index k = 0; k < std::ssize(years); ++k) set_use(years[at(k)], slots[k * stride]);
    }

    void set_use(Index resource, double amount) {
        if (amount == 0.0) return;
        use_[resource] = amount;
        used_.push_back(resource);
    }

    // Which of some resources a vector uses.
    void note_used(const Eigen::VectorXd& vector, const std::vector<Index>& resources) {
        used_.clear();
        for (const Index e : resources)
            if (vector[e] != 0.0) used_.push_back(e);
    }

    // Of a vector that uses what was noted last.
    void add_square(double factor, const Eigen::VectorXd& vector, BlockSum& sum) const {
        for (std::size_t i = 0; i < used_.size(); ++i) {
            const double scaled = factor / temperature_ * vector[used_[i]];
            for (std::size_t j = i; j < used_.size(); ++j) sum.curvature(used_[j], used_[i]) += scaled * vector[used_[j]];
        }
    }

    const RelaxationProblem& problem_;
    const PlanLayout& layout_;
    BridgeValues values_;
    std::vector<double> shares_;      // (timetables)
    std::vector<double> weights_;     // (groups of the bridge, plans)
    std::vector<double> totals_;      // (groups of the bridge, timetables) of the weights
    Eigen::VectorXd use_;             // of one plan's repairs, where it is not 0
    std::vector<Index> used_;         // where a vector is not 0, rising
    Eigen::VectorXd group_mean_;      // of the rules of one group
    Eigen::VectorXd timetable_mean_;  // of the plans of one timetable
    Eigen::VectorXd bridge_mean_;     // of all plans
    std::vector<Index> all_resources_;
    const std::vector<std::vector<Index>>& used_in_;      // (timetables)
    const std::vector<std::vector<Index>>& repaired_in_;  // (plans)
    double temperature_ = 0.0;
    double total_weight_ = 0.0;
};

SoftMinimizer::SoftMinimizer(const RelaxationProblem& problem, const Rows& rows, IntervalRange range, int threads)
    : problem_(problem),
      rows_(rows),
      range_(range),
      threads_(threads),
      scales_(at(problem.bridges()), 1.0),
      order_(rows.order().begin(), rows.order().end()),
      blocks_(rows.blocks().begin(), rows.blocks().end()),
      stand_for_(at(rows.classes()), 1.0),
      used_in_(used_resources(problem)),
      repaired_in_(repair_resources(problem.layout)),
      sums_(blocks_.size()),
      last_prices_(Eigen::ArrayXd::Zero(rows.rows())) {
    const Index plans = problem.groups() * problem.layout.lanes() * (range.end - range.begin);
    threads_ = static_cast<int>(std::clamp<Index>(plans / plans_per_thread, 1, threads));
    total_.curvatures.resize(at(rows.classes()));
}

SoftMinimizer::~SoftMinimizer() = default;

void SoftMinimizer::sample(Index every) {
    std::vector<Index> all(rows_.order().begin(), rows_.order().end());
    std::ranges::stable_sort(all, {}, [&](Index bridge) { return std::pair(problem_.class_of_bridge[at(bridge)], scales_[at(bridge)]); });
    std::vector<double> sampled(stand_for_.size(), 0.0);
    std::ranges::fill(stand_for_, 0.0);
    order_.clear();
    for (const Index bridge : all) {
        const auto bridge_class = at(problem_.class_of_bridge[at(bridge)]);
        if (static_cast<Index>(stand_for_[bridge_class]++) % every != 0) continue;
        order_.push_back(bridge);
        ++sampled[bridge_class];
    }
    for (std::size_t c = 0; c < stand_for_.size(); ++c) stand_for_[c] /= sampled[c];
    blocks_ = blocks_of(problem_, order_);
    sums_.resize(blocks_.size());
    near_.reset();
}

std::vector<double> SoftMinimizer::least_values(const Eigen::ArrayXd& prices, double cost_weight, Indices bridges) const {
    const std::vector<PriceTable> tables = price_tables(problem_, rows_, prices, cost_weight);
    std::vector<double> least(bridges.size());
    core::parallel_for(std::ssize(bridges), values_per_chunk, {.threads = threads_}, [&](Index begin, Index end) {
        BridgeValues values(problem_, range_);
        for (Index i = begin; i < end; ++i) {
            values.price(tables[at(problem_.class_of_bridge[at(bridges[at(i)])])], bridges[at(i)]);
            least[at(i)] = values.least();
        }
    });
    return least;
}

void SoftMinimizer::scale(const Eigen::ArrayXd& prices, double cost_weight) {
    std::vector<Index> bridges(scales_.size());
    std::iota(bridges.begin(), bridges.end(), Index{0});
    scales_ = least_values(prices, cost_weight, bridges);
    const double mean = std::reduce(scales_.begin(), scales_.end()) / static_cast<double>(scales_.size());
    for (double& scale : scales_) scale = std::max(scale, smallest_scale * mean) + 1e-9;
    near_.reset();
    last_prices_ = prices;
}

double SoftMinimizer::least(const Eigen::ArrayXd& prices, double cost_weight) const {
    const std::vector<double> values = least_values(prices, cost_weight, order_);
    double total = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) total += stand_for_[at(problem_.class_of_bridge[at(order_[i])])] * values[i];
    return total;
}

const SoftMinimum& SoftMinimizer::minimize(const Eigen::ArrayXd& prices, double cost_weight, double temperature) {
    const std::vector<PriceTable> tables = price_tables(problem_, rows_, prices, cost_weight);
    const std::shared_ptr<const NearPlans> known = cost_weight == 1.0 && temperature <= near_temperature_ ? near(prices) : nullptr;
    const Index plans = problem_.layout.lanes() * (range_.end - range_.begin);
    const bool keep = known == nullptr && plans >= near_from && cost_weight == 1.0 && temperature <= near_warmest &&
                      moved(last_prices_, prices) <= near_ratio;
    if (keep) {
        near_ = std::make_shared<NearPlans>(problem_, std::ssize(blocks_));
        near_prices_ = prices;
        near_temperature_ = temperature;
    }
    RelaxationProblem problem = problem_;
    problem.near = known.get();
    core::parallel_for(std::ssize(sums_), 1, {.threads = threads_}, [&](Index begin, Index end) {
        BridgeMixture mixture(problem, range_, used_in_, repaired_in_);
        for (Index b = begin; b < end; ++b) {
            const Block& block = blocks_[at(b)];
            sums_[at(b)].clear(problem_.resources());
            for (Index i = block.begin; i < block.end; ++i) {
                const double own_temperature = temperature * scales_[at(order_[at(i)])];
                mixture.add(tables[at(block.bridge_class)], order_[at(i)], own_temperature, sums_[at(b)]);
                if (keep) near_->add(b, mixture.values(), near_ratio, coldest * own_temperature);
            }
        }
    });
    last_prices_ = prices;
    add_up();
    return total_;
}

std::shared_ptr<const NearPlans> SoftMinimizer::near(const Eigen::ArrayXd& prices) const {
    return near_ != nullptr && moved(near_prices_, prices) <= near_ratio ? near_ : nullptr;
}

// By what factor the new prices may have made plans dearer than others, at most.
double SoftMinimizer::moved(const Eigen::ArrayXd& from, const Eigen::ArrayXd& to) const {
    double highest = 1.0;
    double lowest = 1.0;
    const Eigen::Map<const Eigen::ArrayXd> weights(problem_.weights.data(), problem_.horizon());
    for (Index c = 0; c < rows_.classes(); ++c) {
        Eigen::ArrayXd old_worth = rows_.resource_prices(c, from).array();
        Eigen::ArrayXd new_worth = rows_.resource_prices(c, to).array();
        old_worth.head(problem_.horizon()) += weights;
        new_worth.head(problem_.horizon()) += weights;
        for (Index e = 0; e < problem_.resources(); ++e) {
            if (old_worth[e] == new_worth[e]) continue;
            highest = std::max(highest, new_worth[e] / old_worth[e]);
            lowest = std::min(lowest, new_worth[e] / old_worth[e]);
        }
    }
    return highest / lowest;
}

std::vector<double> SoftMinimizer::shares(const Eigen::ArrayXd& prices, double cost_weight, double temperature) const {
    const std::vector<PriceTable> tables = price_tables(problem_, rows_, prices, cost_weight);
    std::vector<double> shares(at(problem_.groups() * problem_.layout.plans()), 0.0);
    BridgeMixture mixture(problem_, range_, used_in_, repaired_in_);
    for (Index bridge = 0; bridge < problem_.bridges(); ++bridge)
        mixture.share(tables[at(problem_.class_of_bridge[at(bridge)])], bridge, temperature * scales_[at(bridge)], shares);
    return shares;
}

void SoftMinimizer::add_up() {
    const Index resources = problem_.resources();
    total_.least = total_.soft = total_.excess = 0.0;
    total_.use.assign(at(rows_.classes() * resources), 0.0);
    for (Eigen::MatrixXd& curvature : total_.curvatures) curvature.setZero(resources, resources);
    for (std::size_t b = 0; b < sums_.size(); ++b) {
        const Index bridge_class = blocks_[b].bridge_class;
        const double times = stand_for_[at(bridge_class)];
        total_.least += times * sums_[b].least;
        total_.soft += times * sums_[b].soft;
        total_.excess += times * sums_[b].excess;
        for (Index e = 0; e < resources; ++e) total_.use[at(bridge_class * resources + e)] += times * sums_[b].use[at(e)];
        total_.curvatures[at(bridge_class)] += times * sums_[b].curvature;
    }
}

}  // namespace nagamochi::planning::relaxation
