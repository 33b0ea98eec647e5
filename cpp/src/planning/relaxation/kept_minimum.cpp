#include "kept_minimum.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "nagamochi/core/exponential.hpp"

namespace nagamochi::planning::relaxation {
namespace {

constexpr double smallest_spread = 0.005;  // shares below do not count in curvatures
constexpr double smallest_scale = 0.01;    // of the mean
constexpr Index values_per_chunk = 1024;

// Adds factor x vector x vector' to the lower half, for some of its elements, rising.
void add_square(double factor, const std::vector<double>& vector, const std::vector<Index>& used, Eigen::MatrixXd& curvature) {
    for (std::size_t i = 0; i < used.size(); ++i) {
        const double scaled = factor * vector[at(used[i])];
        for (std::size_t j = i; j < used.size(); ++j) curvature(used[j], used[i]) += scaled * vector[at(used[j])];
    }
}

void clear(SoftMinimum& sum, Index uses, Index classes, Index resources) {
    sum.least = sum.soft = sum.excess = 0.0;
    sum.use.assign(at(uses), 0.0);
    sum.curvatures.resize(at(classes));
    for (Eigen::MatrixXd& curvature : sum.curvatures) curvature.setZero(resources, resources);
}

}  // namespace

KeptReader::KeptReader(const RelaxationProblem& problem, const KeptPlans& kept)
    : problem_(problem), kept_(kept), first_years_(std::ssize(problem.layout.first_years())), slot_offsets_{0} {
    for (Index plan = 0; plan < problem.layout.plans(); ++plan) {
        chosen_.push_back(problem.layout.plan(plan));
        slots_.push_back(problem.layout.slots(chosen_.back()));
    }
    slot_offsets_.reserve(kept.plans.size() + 1);
    for (const Index plan : kept.plans) slot_offsets_.push_back(slot_offsets_.back() + slots_[at(plan)]);
}

void KeptReader::add_use(Index bridge, Index k, std::span<double> use) const {
    const Plan& chosen = chosen_[at(plan(k))];
    const double* const slot = kept_.slots.data() + slot_offsets_[at(k)];
    for (Index i = 0; i < slots_[at(plan(k))]; ++i) use[at(chosen.repair_year(i) - 1)] += slot[i];
    const Index last_year = problem_.last_year_of(problem_.class_of_bridge[at(bridge)]);
    for (Index year = chosen.first_year; year <= last_year; year += chosen.interval)
        use[at(year - 1)] += problem_.inspection_cost[at(bridge)];
}

double KeptReader::value(const PriceTable& prices, Index bridge, Index k) const {
    const PlanLayout& layout = problem_.layout;
    const double* const slot = kept_.slots.data() + slot_offsets_[at(k)];
    const double* const worth = prices.slots() + layout.block_offset(plan(k) / layout.lanes()) + plan(k) % layout.lanes();
    double total = problem_.inspection_cost[at(bridge)] * prices.inspections(timetable(k)) + prices.cost_weight() * addition(k);
    for (Index i = 0; i < slots_[at(plan(k))]; ++i) total += slot[i] * worth[i * layout.lanes()];
    return total;
}

// The shares of one bridge's kept plans, and what they use.
class KeptMinimizer::BridgeMixture {
public:
    BridgeMixture(const KeptReader& reader, Index resources) : reader_(reader), use_(at(resources)), mean_(at(resources)) {}

    void add(const PriceTable& prices, Index bridge, double temperature, SoftMinimum& sum) {
        share(prices, bridge, temperature, sum);
        const bool spread = std::ranges::max(shares_) < 1.0 - smallest_spread;
        if (spread) std::ranges::fill(mean_, 0.0);
        for (Index k = reader_.first(bridge); k < reader_.last(bridge); ++k) {
            const double share = shares_[at(k - reader_.first(bridge))];
            if (share == 0.0) continue;
            read(bridge, k);
            for (const Index year : used_) sum.use[at(year)] += share * use_[at(year)];
            if (!spread || share < smallest_spread) continue;
            add_square(share / temperature, use_, used_, sum.curvatures.front());
            for (const Index year : used_) mean_[at(year)] += share * use_[at(year)];
        }
        if (!spread) return;
        note_used(mean_);
        add_square(-1.0 / temperature, mean_, used_, sum.curvatures.front());
    }

private:
    void share(const PriceTable& prices, Index bridge, double temperature, SoftMinimum& sum) {
        shares_.clear();
        for (Index k = reader_.first(bridge); k < reader_.last(bridge); ++k) shares_.push_back(reader_.value(prices, bridge, k));
        const double least = std::ranges::min(shares_);
        double total = 0.0;
        double excess = 0.0;
        for (double& value : shares_) {
            const double above = value - least;
            value = above < coldest * temperature ? core::exponential(-above / temperature) : 0.0;
            total += value;
            excess += value * above;
        }
        for (double& share : shares_) share /= total;
        sum.least += least;
        sum.soft += least - temperature * core::logarithm(total);
        sum.excess += excess / total;
    }

    void read(Index bridge, Index k) {
        std::ranges::fill(use_, 0.0);
        reader_.add_use(bridge, k, use_);
        note_used(use_);
    }

    void note_used(const std::vector<double>& use) {
        used_.clear();
        for (Index e = 0; e < std::ssize(use); ++e)
            if (use[at(e)] != 0.0) used_.push_back(e);
    }

    const KeptReader& reader_;
    std::vector<double> shares_;  // (kept plans of the bridge)
    std::vector<double> use_;     // (resources) of a plan
    std::vector<double> mean_;    // (resources)
    std::vector<Index> used_;     // resources, rising
};

KeptMinimizer::KeptMinimizer(const RelaxationProblem& problem, const Rows& rows, const KeptReader& reader, int threads)
    : problem_(problem),
      rows_(rows),
      reader_(reader),
      threads_(threads),
      scales_(at(problem.bridges()), 1.0),
      sums_(rows.blocks().size()) {}

std::vector<double> KeptMinimizer::least_values(const Eigen::ArrayXd& prices, double cost_weight) const {
    const std::vector<PriceTable> tables = price_tables(problem_, rows_, prices, cost_weight);
    std::vector<double> values(at(problem_.bridges()));
    core::parallel_for(std::ssize(values), values_per_chunk, {.threads = threads_}, [&](Index begin, Index end) {
        for (Index bridge = begin; bridge < end; ++bridge) {
            const PriceTable& table = tables[at(problem_.class_of_bridge[at(bridge)])];
            double least = reader_.value(table, bridge, reader_.first(bridge));
            for (Index k = reader_.first(bridge) + 1; k < reader_.last(bridge); ++k)
                least = std::min(least, reader_.value(table, bridge, k));
            values[at(bridge)] = least;
        }
    });
    return values;
}

void KeptMinimizer::scale(const Eigen::ArrayXd& prices, double cost_weight) {
    scales_ = least_values(prices, cost_weight);
    const double mean = std::reduce(scales_.begin(), scales_.end()) / static_cast<double>(scales_.size());
    for (double& scale : scales_) scale = std::max(scale, smallest_scale * mean) + 1e-9;
}

double KeptMinimizer::least(const Eigen::ArrayXd& prices, double cost_weight) const {
    const std::vector<double> values = least_values(prices, cost_weight);
    return std::accumulate(values.begin(), values.end(), 0.0);
}

const SoftMinimum& KeptMinimizer::minimize(const Eigen::ArrayXd& prices, double cost_weight, double temperature) {
    const std::vector<PriceTable> tables = price_tables(problem_, rows_, prices, cost_weight);
    const Index resources = problem_.resources();
    core::parallel_for(std::ssize(sums_), 1, {.threads = threads_}, [&](Index begin, Index end) {
        BridgeMixture mixture(reader_, resources);
        for (Index b = begin; b < end; ++b) {
            const Block& block = rows_.blocks()[at(b)];
            clear(sums_[at(b)], resources, 1, resources);
            for (Index i = block.begin; i < block.end; ++i) {
                const Index bridge = rows_.order()[at(i)];
                mixture.add(tables[at(block.bridge_class)], bridge, temperature * scales_[at(bridge)], sums_[at(b)]);
            }
        }
    });
    clear(total_, rows_.classes() * resources, rows_.classes(), resources);
    for (std::size_t b = 0; b < sums_.size(); ++b) {
        const Index bridge_class = rows_.blocks()[b].bridge_class;
        total_.least += sums_[b].least;
        total_.soft += sums_[b].soft;
        total_.excess += sums_[b].excess;
        for (Index e = 0; e < resources; ++e) total_.use[at(bridge_class * resources + e)] += sums_[b].use[at(e)];
        total_.curvatures[at(bridge_class)] += sums_[b].curvatures.front();
    }
    return total_;
}

Index exact_bound(const RelaxationProblem& problem, const Rows& rows, const KeptReader& reader, const Eigen::ArrayXd& prices,
                  double cost_weight) {
    std::vector<double> use(at(problem.resources()));
    std::vector<std::vector<WideInteger>> worth;
    for (Index c = 0; c < rows.classes(); ++c) worth.push_back(exact_worth(problem, rows, c, prices, cost_weight));
    WideInteger total = 0;
    for (Index bridge = 0; bridge < problem.bridges(); ++bridge) {
        const std::vector<WideInteger>& of_class = worth[at(problem.class_of_bridge[at(bridge)])];
        std::optional<WideInteger> least;
        for (Index k = reader.first(bridge); k < reader.last(bridge); ++k) {
            std::ranges::fill(use, 0.0);
            reader.add_use(bridge, k, use);
            WideInteger value = cost_weight == 0.0 ? 0 : static_cast<WideInteger>(amount(reader.addition(k))) << price_bits;
            for (std::size_t e = 0; e < use.size(); ++e)
                if (use[e] != 0.0) value += of_class[e] * amount(use[e]);
            least = least ? std::min(*least, value) : value;
        }
        total += *least;
    }
    for (Index row = 0; row < rows.rows(); ++row) total -= static_cast<WideInteger>(prices[row] * 0x1p36) * problem.rows.bounds[at(row)];
    return whole(total);
}

}  // namespace nagamochi::planning::relaxation
