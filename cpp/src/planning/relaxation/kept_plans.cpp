#include "nagamochi/planning/kept_plans.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "choices.hpp"
#include "cut_rows.hpp"
#include "dual.hpp"
#include "exact_bound.hpp"
#include "fitting.hpp"
#include "kept_minimum.hpp"
#include "nagamochi/planning/lcc.hpp"
#include "subproblem.hpp"

namespace nagamochi::planning {
namespace {

using namespace relaxation;

constexpr double warm_temperature = 2e-4;  // of a bridge's value: prices to begin with are those of a sample
constexpr Index more_candidates = 3000;    // than bridges
constexpr Index bridges_together = 128;    // whose plans stay in the cache
constexpr Index blocks_together = 8;       // with the same memory

Eigen::ArrayXd array_of(Numbers numbers) { return Eigen::Map<const Eigen::ArrayXd>(numbers.data(), std::ssize(numbers)); }

void keep_plan(const RelaxationProblem& problem, Index group, Index plan, OwnedPlans& kept) {
    const PlanLayout& layout = problem.layout;
    const double* const slot = problem.slots_of(group, plan);
    for (Index k = 0; k < layout.slots(layout.plan(plan)); ++k) kept.slots.push_back(slot[k * layout.lanes()]);
    kept.plans.push_back(plan);
    if (!problem.additions.empty()) kept.additions.push_back(problem.additions[at(group * layout.plans() + plan)]);
}

// Keeps the plans of the bridge whose values these are, up to a multiple of the least.
void keep_bridge(const RelaxationProblem& problem, const BridgeValues& values, double ratio, OwnedPlans& kept) {
    const Index group = values.first_group();
    const double most = ratio * values.least();
    for (Index t = values.first_timetable(); t < values.last_timetable(); ++t) {
        if (!(values.timetable(t) <= most)) continue;
        for (Index rule = 0; rule < problem.layout.rules(); ++rule) {
            const Index plan = values.plan_of(t, rule);
            const double above = values.plan(group, plan) - values.group(group, t);
            if (values.timetable(t) + above <= most) keep_plan(problem, group, plan, kept);
        }
    }
    kept.offsets.push_back(std::ssize(kept.plans));
}

// Some bridges of a problem, and their plans, in memory that one block after another uses.
class EvaluatedBlock {
public:
    EvaluatedBlock(const NetworkView& network, const RelaxationProblem& problem, double unit, core::Simd simd)
        : network_(network),
          problem_(problem),
          unit_(unit),
          simd_(simd),
          slots_(at(bridges_together * problem.layout.group_slots())),
          lowest_health_(at(bridges_together * problem.layout.plans())) {
        for (Index group = 0; group <= bridges_together; ++group) groups_.push_back(group);
        bridges_ = Indices(groups_).first(at(bridges_together));
    }

    // The problem of bridges [begin, end), until the next call.
    RelaxationProblem evaluate(Index begin, Index end) {
        const std::size_t count = at(end - begin);
        NetworkView network = network_;
        network.group_offsets = network_.group_offsets.subspan(at(begin), count + 1);
        if (!network_.last_year.empty()) network.last_year = network_.last_year.subspan(at(begin), count);
        if (!network_.access_cost.empty()) network.access_cost = network_.access_cost.subspan(at(begin), count);
        const PlanLayout& layout = problem_.layout;
        const std::span<double> slots = std::span(slots_).first(count * at(layout.group_slots()));
        const std::span<double> health = std::span(lowest_health_).first(count * at(layout.plans()));
        evaluate_all_plans(network, layout, slots, health, simd_, {.threads = 1});
        if (unit_ != 1.0)
            for (double& yen : slots) yen /= unit_;
        round_amounts(slots, {.threads = 1});
        RelaxationProblem block = problem_;
        const std::size_t first_plan = at(begin * layout.plans());
        block.bridge_groups = Indices(groups_).first(count + 1);
        block.class_of_bridge = problem_.class_of_bridge.subspan(at(begin), count);
        block.inspection_cost = problem_.inspection_cost.subspan(at(begin), count);
        block.slots = slots;
        if (!problem_.allowed.empty()) block.allowed = problem_.allowed.subspan(first_plan, health.size());
        if (!problem_.additions.empty()) block.additions = problem_.additions.subspan(first_plan, health.size());
        return block;
    }

    [[nodiscard]] Indices bridges(const RelaxationProblem& block) const { return bridges_.first(at(block.bridges())); }

private:
    const NetworkView& network_;
    const RelaxationProblem& problem_;
    double unit_;
    core::Simd simd_;
    std::vector<double> slots_;
    std::vector<double> lowest_health_;
    std::vector<Index> groups_;
    Indices bridges_;
};

// What all bridges of a block answer to one question.
struct BlockAnswer {
    std::optional<WideInteger> least;
    OwnedPlans kept;
};

BlockAnswer answer_block(const RelaxationProblem& block, Indices bridges, const PlanQuestion& question, const Prices& prices) {
    const IntervalRange range = range_of(block, question.interval);
    BlockAnswer answer{.least = prices.least(block, range, bridges), .kept = {}};
    if (!answer.least || !question.ratio) return answer;
    BridgeValues values(block, range);
    for (const Index bridge : bridges) {
        values.price(prices.rounded(block.class_of_bridge[at(bridge)]), bridge);
        keep_bridge(block, values, *question.ratio, answer.kept);
    }
    return answer;
}

ExactSum exact_sum(WideInteger value) {
    return {.yen = whole(value), .parts = static_cast<Index>(value - (static_cast<WideInteger>(whole(value)) << value_bits))};
}

PlanAnswer joined(const std::vector<BlockAnswer>& blocks) {
    PlanAnswer all;
    WideInteger least = 0;
    for (const BlockAnswer& block : blocks) {
        if (!block.least) return {};
        least += *block.least;
        const OwnedPlans& kept = block.kept;
        for (std::size_t i = 1; i < kept.offsets.size(); ++i) all.kept.offsets.push_back(std::ssize(all.kept.plans) + kept.offsets[i]);
        all.kept.plans.insert(all.kept.plans.end(), kept.plans.begin(), kept.plans.end());
        all.kept.slots.insert(all.kept.slots.end(), kept.slots.begin(), kept.slots.end());
        all.kept.additions.insert(all.kept.additions.end(), kept.additions.begin(), kept.additions.end());
    }
    all.least = exact_sum(least);
    return all;
}

// One run of `choose_kept`.
class Run {
public:
    Run(const RelaxationProblem& problem, const KeptPlans& kept, bool with_costs, const RelaxationSettings& settings,
        const core::Execution& execution)
        : problem_(problem),
          rows_(problem),
          reader_(problem, kept),
          cost_weight_(with_costs ? 1.0 : 0.0),
          settings_(settings),
          execution_(execution) {}

    KeptResult solve(const Eigen::ArrayXd& start) {
        const DualPoint point = tighten(problem_, rows_, start, 0.02 * settings_.gap);
        result_.prices.assign(point.prices.begin(), point.prices.end());
        result_.no_plan = point.no_plan;
        result_.bound = exact_bound(problem_, rows_, reader_, point.prices, cost_weight_);
        if (!point.no_plan) fit(point.prices);
        if (!point.no_plan && cost_weight_ != 0.0 && rows_.rows() > 0)
            for (const double cut : cuts_of_rows(problem_.bridges())) fit_cut_rows(point.prices, cut);
        result_.interrupted = interrupted_;
        return result_;
    }

private:
    DualPoint tighten(const RelaxationProblem& problem, const Rows& rows, const Eigen::ArrayXd& start, double tolerance) {
        Dual dual(rows, std::make_unique<KeptMinimizer>(problem, rows, reader_, execution_.threads));
        DualGoal goal{.cost_weight = cost_weight_, .tolerance = tolerance, .passes = settings_.passes, .temperature = warm_temperature};
        if (cost_weight_ == 0.0) goal.largest_price = 1.0;
        DualPoint point = dual.maximize(start, goal, [&] { return stop_requested(); });
        result_.passes += dual.passes();
        return point;
    }

    // Where the plan is poor or overruns rows: plans of other prices, which keep cut rows. Near infeasibility they fit better.
    void fit_cut_rows(const Eigen::ArrayXd& start, double cut) {
        if ((best_.feasible() && best_.cost <= (1.0 + satisfying) * static_cast<double>(result_.bound)) || stop_requested()) return;
        const std::vector<Index> bounds = cut_bounds(problem_.rows.bounds, cut);
        RelaxationProblem problem = problem_;
        problem.rows.bounds = bounds;
        const DualPoint point = tighten(problem, Rows(problem), start, cut_tolerance);
        if (!point.no_plan) fit(point.prices);
    }

    void fit(const Eigen::ArrayXd& prices) {
        const Choices choices(problem_, rows_, reader_, prices, cost_weight_, problem_.bridges() + more_candidates);
        Fitting fitting(problem_, rows_, choices, prices);
        const double enough = static_cast<double>(result_.bound) * (1.0 + settings_.gap);
        const auto stop = [&] { return stop_requested(); };
        const Selection found = cost_weight_ == 0.0 ? fitting.least_overrun(stop) : fitting.fit(enough, stop);
        if (result_.plans.empty() || found.better_than(best_)) keep(found, choices);
    }

    void keep(const Selection& found, const Choices& choices) {
        best_ = found;
        result_.use = found.use;
        result_.overrun = 0;
        for (std::size_t row = 0; row < found.use.size(); ++row)
            result_.overrun += std::max<Index>(found.use[row] - problem_.rows.bounds[row], 0);
        result_.plans.clear();
        for (const Index choice : found.choice_of_bridge) result_.plans.push_back(choices.plans(choice).front());
        add_up();
    }

    // Exactly what the plans spend by year, and their cost.
    void add_up() {
        std::vector<double> yen(at(problem_.horizon()));
        result_.spent.assign(yen.size(), 0);
        WideInteger total = 0;
        for (Index bridge = 0; bridge < problem_.bridges(); ++bridge) {
            Index k = reader_.first(bridge);
            while (reader_.plan(k) != result_.plans[at(bridge)]) ++k;
            std::ranges::fill(yen, 0.0);
            reader_.add_use(bridge, k, yen);
            for (std::size_t year = 0; year < yen.size(); ++year) result_.spent[year] += amount(yen[year]);
            total += static_cast<WideInteger>(amount(reader_.addition(k))) << price_bits;
        }
        for (std::size_t year = 0; year < yen.size(); ++year)
            total += static_cast<WideInteger>(static_cast<Index>(problem_.weights[year] * 0x1p36)) * result_.spent[year];
        result_.cost = whole(total);
    }

    bool stop_requested() {
        if (!interrupted_ && execution_.stop_requested && execution_.stop_requested()) interrupted_ = true;
        return interrupted_;
    }

    const RelaxationProblem& problem_;
    Rows rows_;
    KeptReader reader_;
    double cost_weight_;
    const RelaxationSettings& settings_;
    const core::Execution& execution_;
    Selection best_;
    KeptResult result_;
    bool interrupted_ = false;
};

}  // namespace

std::vector<PlanAnswer> answer_questions(const NetworkView& network, const RelaxationProblem& problem, double unit,
                                         std::span<const PlanQuestion> questions, core::Simd simd, const core::Execution& execution) {
    const Rows rows(problem);
    std::vector<Prices> prices;
    for (const PlanQuestion& question : questions)
        prices.emplace_back(problem, rows, array_of(question.prices), question.with_costs ? 1.0 : 0.0);
    const Index n_blocks = (problem.bridges() + bridges_together - 1) / bridges_together;
    std::vector<std::vector<BlockAnswer>> answers(questions.size(), std::vector<BlockAnswer>(at(n_blocks)));
    core::parallel_for(n_blocks, blocks_together, execution, [&](Index begin, Index end) {
        EvaluatedBlock evaluated(network, problem, unit, simd);
        for (Index b = begin; b < end; ++b) {
            const Index first = b * bridges_together;
            const RelaxationProblem block = evaluated.evaluate(first, std::min(first + bridges_together, problem.bridges()));
            for (std::size_t q = 0; q < questions.size(); ++q)
                answers[q][at(b)] = answer_block(block, evaluated.bridges(block), questions[q], prices[q]);
        }
    });
    std::vector<PlanAnswer> all;
    for (const auto& blocks : answers) all.push_back(joined(blocks));
    return all;
}

KeptResult choose_kept(const RelaxationProblem& problem, const KeptPlans& kept, Numbers start, bool with_costs,
                       const RelaxationSettings& settings, const core::Execution& execution) {
    return Run(problem, kept, with_costs, settings, execution).solve(array_of(start));
}

}  // namespace nagamochi::planning
