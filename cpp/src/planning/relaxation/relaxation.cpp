#include "nagamochi/planning/relaxation.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>

#include "branching.hpp"
#include "choices.hpp"
#include "cut_rows.hpp"
#include "derived_rows.hpp"
#include "dive.hpp"
#include "dual.hpp"
#include "ejection.hpp"
#include "exact_bound.hpp"
#include "fitting.hpp"
#include "packed_plans.hpp"
#include "possible.hpp"
#include "rows.hpp"
#include "subproblem.hpp"

namespace nagamochi::planning {
namespace {

using namespace relaxation;

constexpr Index most_pooled = 24;
constexpr Index most_branched = 100000;
constexpr Index few_nodes = 2000;  // of a search that excludes all other plans: so many take little time
constexpr Index candidates_per_bridge = 8;
constexpr Index fewest_candidates = 3000;
constexpr Index near_per_bridge = 2;             // candidates that are found among plans near the best
constexpr Index bridges_per_candidate = 50;      // more than one for each
constexpr Index most_with_steps = 5000;          // groups
constexpr Index ejections_of_groups = 200;       // for each plan of a group that is chosen by itself: there are many groups
constexpr Index repairs = 8;                     // of a plan that overruns rows, each by other chances
constexpr double temperatures[] = {8e-3, 4e-3};  // of dives
constexpr double derived_temperatures[] = {8e-3, 5.6e-3, 4e-3, 2.8e-3, 2e-3, 1e-3};
constexpr Index few_bridges = 500;            // which take little time for all of them
constexpr Index many_bridges = 1000;          // which take so long that a plan within the rows is first sought in other ways
constexpr Index most_dived = 20000;           // bridges: of more, each is so small that plans of cut rows are near the bound
constexpr Index most_groups_dived = 200000;   // where a plan that only fits is far from the bound
constexpr Index most_derived_from = 1 << 24;  // plans of all groups, in each row
constexpr double near_temperature = 5e-4;     // of a bridge's value, from prices that are near the best
constexpr double first_tolerance = 1e-6;      // of the bound of few bridges, where few rows have prices and no plan is near it
constexpr double near_plan = 5e-6;            // above the bound: then that counts
constexpr double gentle_cooling = 2.0;        // of mixtures that are to keep rows closely
constexpr int most_coolings = 5;              // by which the bound does not rise
constexpr int most_fruitless = 2;             // times in a row that derived rows hardly raise the bound
constexpr double least_rise = 0.02;           // of the bound towards the plan, by derived rows
constexpr Index derived_passes = 200;
constexpr double infinite = std::numeric_limits<double>::infinity();

// At most `most_pooled` of the prices, the last among them.
std::vector<Eigen::ArrayXd> spread(const std::vector<Eigen::ArrayXd>& way) {
    std::vector<Eigen::ArrayXd> spread;
    const Index step = (std::ssize(way) + most_pooled - 1) / most_pooled;
    for (Index i = std::ssize(way) - 1; i >= 0; i -= step) spread.push_back(way[at(i)]);
    return spread;
}

bool allows_all(const RelaxationProblem& problem, Indices plans) {
    for (Index group = 0; group < problem.groups(); ++group)
        if (!problem.allows(group * problem.layout.plans() + plans[at(group)])) return false;
    return true;
}

// The problem whose allowed plans are those that a selection within the rows may contain.
class PossibleProblem {
public:
    PossibleProblem(const RelaxationProblem& problem, const Rows& rows, int threads)
        : possible_(possible_plans(problem, rows, threads)), problem_(problem) {
        if (!possible_.empty()) problem_.allowed = possible_;
    }

    [[nodiscard]] const RelaxationProblem& problem() const { return problem_; }

private:
    std::vector<std::uint8_t> possible_;
    RelaxationProblem problem_;
};

// The problem in which every bridge keeps the timetable of given plans, so that each of its groups is chosen by itself.
class SplitProblem {
public:
    SplitProblem(const RelaxationProblem& problem, Indices plans_of_groups)
        : problem_(problem),
          groups_(at(problem.groups() + 1)),
          class_of_group_(at(problem.groups())),
          inspection_cost_(at(problem.groups()), 0.0),
          allowed_(at(problem.groups() * problem.layout.plans()), 0) {
        const Index first_years = std::ssize(problem.layout.first_years());
        const auto when = [&](Index plan) { return std::pair(plan / problem.layout.lanes(), plan % first_years); };
        std::iota(groups_.begin(), groups_.end(), Index{0});
        for (Index bridge = 0; bridge < problem.bridges(); ++bridge) {
            const Index first = problem.bridge_groups[at(bridge)];
            inspection_cost_[at(first)] = problem.inspection_cost[at(bridge)];
            for (Index group = first; group < problem.bridge_groups[at(bridge + 1)]; ++group) {
                class_of_group_[at(group)] = problem.class_of_bridge[at(bridge)];
                for (Index plan = 0; plan < problem.layout.plans(); ++plan) {
                    const Index cell = group * problem.layout.plans() + plan;
                    allowed_[at(cell)] = when(plan) == when(plans_of_groups[at(first)]) && problem.allows(cell) ? 1 : 0;
                }
            }
        }
        problem_.bridge_groups = groups_;
        problem_.class_of_bridge = class_of_group_;
        problem_.inspection_cost = inspection_cost_;
        problem_.allowed = allowed_;
        problem_.common_interval = false;
    }

    [[nodiscard]] const RelaxationProblem& problem() const { return problem_; }

private:
    RelaxationProblem problem_;
    std::vector<Index> groups_;
    std::vector<Index> class_of_group_;
    std::vector<double> inspection_cost_;
    std::vector<std::uint8_t> allowed_;
};

// The problem with rows that follow from its own, and prices of all that make the bound large.
struct Derived {
    explicit Derived(DerivedRows& derived, const RelaxationProblem& of, const Rows& rows_of)
        : whole(of, rows_of, derived), problem(whole.problem()), rows(problem) {}

    DerivedProblem whole;
    const RelaxationProblem& problem;
    Rows rows;
    Eigen::ArrayXd prices;
    DerivedProof proof;
};

// One range of intervals: its prices, its proof, the best selection found in it. Costs are bounded for what may keep the rows,
// overruns for all plans.
class Subproblem {
public:
    Subproblem(const RelaxationProblem& problem, const RelaxationProblem& possible, const Rows& rows, Index interval, int threads)
        : problem_(problem),
          possible_(possible),
          rows_(rows),
          range_(range_of(problem, interval)),
          proof_{.interval = interval, .with_costs = true, .prices = {}, .bound = 0} {
        prove(Eigen::ArrayXd::Zero(rows.rows()), threads);
    }

    [[nodiscard]] const BoundProof& proof() const { return proof_; }
    [[nodiscard]] IntervalRange range() const { return range_; }
    [[nodiscard]] double bound() const {
        if (infeasible()) return infinite;
        return static_cast<double>(derived ? std::max(derived->proof.bound, proof_.bound) : proof_.bound);
    }
    [[nodiscard]] double priced_bound() const { return static_cast<double>(proof_.bound); }  // of prices() and the problem's own rows
    [[nodiscard]] bool infeasible() const { return proof_.bound == no_plan || (!proof_.with_costs && proof_.bound > 0); }
    [[nodiscard]] const Eigen::ArrayXd& prices() const { return prices_; }

    // Its problem, with only plans near the best at its prices where they are known.
    [[nodiscard]] RelaxationProblem near_problem() const {
        RelaxationProblem problem = possible_;
        problem.near = near_.get();
        return problem;
    }

    std::vector<Eigen::ArrayXd> pool;  // prices with large bounds
    bool excluded = false;             // a search found that it has no better plan than is known
    std::unique_ptr<Derived> derived;  // where rows that follow from others give a larger bound

    // near: as that of a DualPoint.
    void prove(const Eigen::ArrayXd& prices, int threads, std::shared_ptr<const NearPlans> near = nullptr) {
        RelaxationProblem problem = possible_;
        problem.near = near.get();
        const Index bound = exact_bound(problem, rows_, range_, prices, 1.0, threads);
        if (proof_.prices.empty() || (proof_.with_costs && bound > proof_.bound)) keep(prices, true, bound, std::move(near));
    }

    // True if the prices prove without costs that no plan keeps the rows.
    bool prove_infeasible(const Eigen::ArrayXd& prices, int threads) {
        const Index bound = exact_bound(problem_, rows_, range_, prices, 0.0, threads);
        if (bound <= 0) return false;
        if (proof_.with_costs || bound > proof_.bound) keep(prices, false, bound, nullptr);
        return true;
    }

private:
    void keep(const Eigen::ArrayXd& prices, bool with_costs, Index bound, std::shared_ptr<const NearPlans> near) {
        proof_.with_costs = with_costs;
        proof_.prices.assign(prices.begin(), prices.end());
        proof_.bound = bound;
        prices_ = prices;
        near_ = std::move(near);
    }

    const RelaxationProblem& problem_;
    const RelaxationProblem& possible_;
    const Rows& rows_;
    IntervalRange range_;
    BoundProof proof_;
    Eigen::ArrayXd prices_;
    std::shared_ptr<const NearPlans> near_;  // the best at these prices
};

// One run of `relax`.
class Run {
public:
    Run(const RelaxationProblem& problem, const RelaxationSettings& settings, const core::Execution& execution,
        const OnProgress& on_progress, Indices start, Eigen::ArrayXd near_prices = {})
        : all_(problem),
          settings_(settings),
          execution_(execution),
          on_progress_(on_progress),
          rows_(problem),
          possible_(problem, rows_, execution.threads),
          packed_(possible_.problem(), execution.threads),
          problem_(possible_.problem()),
          start_(start),
          near_prices_(std::move(near_prices)) {
        problem_.packed = &packed_;
    }

    RelaxationResult solve() {
        make_subproblems();
        if (!start_.empty()) begin_with(start_);
        for (Subproblem* subproblem : by_bound()) {
            if (stop_requested()) break;
            if (subproblem->bound() >= enough_) continue;
            tighten(*subproblem, starts_roughly() ? first_tolerance : 0.0);
            if (subproblem->infeasible()) continue;
            if (settings_.candidates > 0) fit_first(*subproblem);
            if (starts_roughly() && is_near(*subproblem)) {
                tighten(*subproblem, 0.0);
                fit_first(*subproblem);
            }
            if (is_soon_excluded(*subproblem)) continue;
            if (settings_.candidates > 0) search(*subproblem);
            derive(*subproblem);
            if (settings_.candidates == 0) enough_ = std::min(enough_, subproblem->bound());
        }
        if (!best_.feasible() && settings_.candidates > 0) come_near();
        if (settings_.nodes > 0) exclude_others();
        if (!best_.feasible() && settings_.candidates > 0) cheapen();
        return result();
    }

private:
    // Whether the bound is at first not raised to the last: of few bridges the best plan is much further above it than that.
    [[nodiscard]] bool starts_roughly() const {
        return settings_.candidates > 0 && settings_.nodes == 0 && problem_.bridges() < many_bridges && first_tolerance > least_tolerance();
    }

    [[nodiscard]] double least_tolerance() const { return 0.02 * settings_.gap; }

    // Whether the plan is so near the bound that raising that counts.
    [[nodiscard]] bool is_near(const Subproblem& subproblem) const {
        return best_.feasible() && best_.cost <= (1.0 + near_plan) * subproblem.bound();
    }

    // Plans of small reduced cost that keep the rows.
    void fit_first(const Subproblem& subproblem) {
        if (!start_.empty() && is_in(plans_, subproblem) && is_possible(plans_)) polish(subproblem);
        const bool near_are_enough = few_candidates() <= near_per_bridge * problem_.bridges();
        fit(near_are_enough ? subproblem.near_problem() : problem_, subproblem, subproblem.prices());
    }

    // Whether few steps exclude that the subproblem has a better plan than is then known: of few bridges they often do.
    bool is_soon_excluded(Subproblem& subproblem) {
        if (settings_.nodes == 0 || !best_.feasible() || stop_requested()) return false;
        Index nodes = std::min(settings_.nodes - result_.nodes, few_nodes);
        subproblem.excluded = branch(subproblem, nodes);
        return subproblem.excluded;
    }

    // Better plans, where the first is poor. Where groups are chosen one by one, plans of cut rows are rarely better, but may keep rows.
    void search(const Subproblem& subproblem) {
        const bool splits = problem_.groups() > problem_.bridges();
        const bool after = splits || of_groups();
        const bool slow = problem_.bridges() > most_dived || (problem_.bridges() > many_bridges && !best_.feasible());
        const bool first = !after && (problem_.bridges() <= few_bridges || slow);
        if (first) fit_cut_rows(subproblem);
        if (splits)
            search_groups(subproblem);
        else
            dive(subproblem);
        if (after ? !best_.feasible() : !first) fit_cut_rows(subproblem);
    }

    // Whether each bridge is a group of one that keeps its timetable: prices near the best are known.
    [[nodiscard]] bool of_groups() const { return near_prices_.size() > 0; }

    void make_subproblems() {
        for (const Index interval : subproblems(problem_)) subproblems_.emplace_back(all_, problem_, rows_, interval, execution_.threads);
    }

    void begin_with(Indices plans) {
        plans_.assign(plans.begin(), plans.end());
        best_.cost = static_cast<double>(exact_cost(problem_, plans));
        best_.use = exact_use(problem_, rows_, plans);
        best_.overrun = 0.0;
        for (Index row = 0; row < rows_.rows(); ++row) {
            const Index over = std::max<Index>(best_.use[at(row)] - problem_.rows.bounds[at(row)], 0);
            best_.overrun += std::ldexp(rows_.scales()[row] * static_cast<double>(over), -amount_bits);
        }
        if (best_.feasible()) enough_ = best_.cost;
    }

    // Plans that overrun rows may be others than those that a selection within the rows can contain.
    [[nodiscard]] bool is_possible(Indices plans) const { return allows_all(problem_, plans); }

    [[nodiscard]] bool is_in(Indices plans, const Subproblem& subproblem) const {
        const Index interval = plans.front() / problem_.layout.lanes();
        return subproblem.range().begin <= interval && interval < subproblem.range().end;
    }

    std::vector<Subproblem*> by_bound() {
        std::vector<Subproblem*> order;
        for (Subproblem& subproblem : subproblems_)
            if (!subproblem.infeasible()) order.push_back(&subproblem);
        std::ranges::stable_sort(order, {}, &Subproblem::bound);
        return order;
    }

    void tighten(Subproblem& subproblem, double rough_tolerance) {
        Dual dual(problem_, rows_, subproblem.range(), execution_.threads);
        DualGoal goal{.tolerance = least_tolerance(), .rough_tolerance = rough_tolerance, .passes = settings_.passes};
        goal.enough = enough_;
        if (of_groups()) goal.temperature = near_temperature;
        const DualPoint point = dual.maximize(of_groups() ? near_prices_ : subproblem.prices(), goal, [&] { return stop_requested(); });
        result_.passes += dual.passes();
        if (!point.no_plan || !subproblem.prove_infeasible(scaled_down(point.prices, rows_.scales()), execution_.threads))
            subproblem.prove(point.prices, execution_.threads, point.near);
        subproblem.pool = spread(dual.way());
    }

    // Where plans of small reduced cost give no plan or a poor one, fits those of other prices, which keep cut rows: near
    // infeasibility they fit better.
    void fit_cut_rows(const Subproblem& subproblem) {
        for (const double cut : cuts_of_rows(problem_.bridges())) {
            if (satisfied(subproblem) || stop_requested()) return;
            const std::optional<Eigen::ArrayXd> prices = prices_of_cut_rows(subproblem, cut);
            if (!prices) return;
            if (fit(problem_, subproblem, *prices) && best_.feasible()) polish(subproblem);
        }
    }

    // Where the plan is poor or overruns rows, a search in which every bridge keeps its timetable. It begins with the plan, unless
    // no selection within the rows contains all of it: that would keep bridges from making room.
    void search_groups(const Subproblem& subproblem) {
        if (rows_.rows() == 0 || plans_.empty()) return;
        if (!is_in(plans_, subproblem) || satisfied(subproblem) || stop_requested()) return;
        const SplitProblem split(all_, plans_);
        const bool begin = allows_all(PossibleProblem(split.problem(), Rows(split.problem()), execution_.threads).problem(), plans_);
        const core::Execution execution{.threads = execution_.threads, .stop_requested = [&] { return stop_requested(); }};
        const RelaxationSettings settings{.gap = settings_.gap,
                                          .passes = settings_.passes,
                                          .candidates = settings_.candidates,
                                          .derivations = 0,
                                          .ejections = ejections_of_groups};
        const OnProgress silent;
        const RelaxationResult found =
            Run(split.problem(), settings, execution, silent, begin ? Indices(plans_) : Indices(), subproblem.prices()).solve();
        result_.passes += found.passes;
        if (!begin && (found.plans.empty() || found.overrun > 0)) return;
        begin_with(found.plans);
        if (is_possible(plans_)) polish(subproblem);
    }

    // Where the plan is poor or overruns rows, dives among more choices; then exchanges in which bridges make room for others, from
    // the plan and from what each dive finds.
    void dive(const Subproblem& subproblem) {
        if (rows_.rows() == 0 || plans_.empty() || satisfied(subproblem) || stop_requested()) return;
        if (problem_.bridges() > (of_groups() ? most_groups_dived : most_dived) || !is_in(plans_, subproblem) || !is_possible(plans_))
            return;
        const Choices choices(problem_, rows_, subproblem.range(), subproblem.prices(), 1.0, settings_.candidates, infinite, plans_, true);
        const bool was_feasible = best_.feasible();
        Dive dive(choices, rows_, problem_.rows.bounds, subproblem.prices());
        const Index tries = problem_.bridges() <= few_bridges ? std::ssize(temperatures) : 1;
        for (const double temperature : std::span(temperatures).first(at(tries))) {
            if (stop_requested()) return;
            const std::vector<Index> chosen = dive.run(temperature, [&] { return stop_requested(); });
            Fitting fitting(problem_, rows_, choices, subproblem.prices());
            const Selection found = fitting.improve(chosen, lower_bound() * (1.0 + settings_.gap), [&] { return stop_requested(); });
            if (found.better_than(best_)) keep(found, choices);
            eject(choices, problem_.rows.bounds, found.choice_of_bridge, found.feasible(), tries);
        }
        if (tries > 1 || !best_.feasible()) eject(choices, problem_.rows.bounds, choices.kept(), was_feasible, tries);
    }

    // Exchanges in which bridges make room for others; a start that overruns rows is repaired first, each time by other chances.
    void eject(const Choices& choices, Indices bounds, const std::vector<Index>& start, bool feasible, Index tries) {
        const Index steps = settings_.ejections * std::min(problem_.groups(), most_with_steps) * problem_.layout.plans() / tries;
        const Index starts = feasible ? 1 : repairs;
        for (Index i = 0; i < starts; ++i) {
            Ejection ejection(choices, bounds, start, i);
            if (!feasible && !ejection.repair()) continue;
            ejection.improve(lower_bound() * (1.0 + settings_.gap), steps / starts, [&] { return stop_requested(); });
            if (ejection.selection().better_than(best_)) keep(ejection.selection(), choices);
        }
    }

    // Where the plan is poor, raises the bound by rows that follow from others, again and again as long as what is then the best
    // mixture of plans breaks more of them; each time fits plans at these prices, if plans are sought.
    void derive(Subproblem& subproblem) {
        const Index cells = problem_.groups() * problem_.layout.plans();
        if (rows_.rows() == 0 || !best_.feasible() || satisfied(subproblem) || cells > most_derived_from / rows_.rows()) return;
        DerivedRows derived(all_, rows_, problem_.allowed, subproblem.proof().interval, execution_.threads);
        Eigen::ArrayXd prices = subproblem.prices();
        int fruitless = 0;
        for (Index i = 0; i < settings_.derivations && !satisfied(subproblem) && !stop_requested(); ++i) {
            auto next = std::make_unique<Derived>(derived, problem_, rows_);
            auto owned = std::make_unique<SoftMinimizer>(next->problem, next->rows, subproblem.range(), execution_.threads);
            const SoftMinimizer& minimizer = *owned;
            Dual dual(next->rows, std::move(owned));
            const DualGoal goal{.tolerance = cut_tolerance,
                                .passes = derived_passes,
                                .more_passes = 0.0,
                                .cooling = gentle_cooling,
                                .most_fruitless = most_coolings};
            const DualPoint point = dual.maximize(prices, goal, [&] { return stop_requested(); });
            result_.passes += dual.passes();
            if (point.no_plan) break;
            const double before = subproblem.bound();
            const std::vector<double> shares = minimizer.shares(dual.settled_prices(), 1.0, dual.settled_temperature());
            std::vector<double> of_derived(point.prices.begin() + rows_.rows(), point.prices.end());
            if (std::ranges::any_of(of_derived, [](double price) { return price > 0.0; })) {
                const Index bound = exact_bound(next->problem, next->rows, subproblem.range(), point.prices, 1.0, execution_.threads);
                if (static_cast<double>(bound) > before) {
                    next->prices = point.prices;
                    next->proof = {.interval = subproblem.proof().interval,
                                   .prices = {point.prices.begin(), point.prices.begin() + rows_.rows()},
                                   .derived = derived.rows(),
                                   .derived_prices = of_derived,
                                   .bound = bound};
                    subproblem.derived = std::move(next);
                }
                const bool rises = subproblem.bound() >= before + least_rise * (best_.cost - before);
                fruitless = rises ? 0 : fruitless + 1;
                if (rises && settings_.candidates > 0) fit_derived(subproblem);
                if (fruitless == most_fruitless) break;
            }
            derived.keep_priced(of_derived);
            if (derived.add_broken(shares) == 0) break;
            prices = Eigen::ArrayXd::Zero(rows_.rows() + std::ssize(derived.rows()));
            prices.head(rows_.rows()) = point.prices.head(rows_.rows());
            for (std::size_t d = 0; d < of_derived.size(); ++d) prices[rows_.rows() + static_cast<Index>(d)] = of_derived[d];
        }
    }

    // Fits plans and dives at the prices of derived rows, from the plan too where it may be chosen.
    void fit_derived(const Subproblem& subproblem) {
        const auto& [whole, problem, rows, prices, proof] = *subproblem.derived;
        const bool begin = is_in(plans_, subproblem) && is_possible(plans_);
        const Indices plans = begin ? Indices(plans_) : Indices();
        const Choices choices(problem, rows, subproblem.range(), prices, 1.0, settings_.candidates, infinite, plans, begin);
        Fitting fitting(problem, rows, choices, prices);
        const double enough = lower_bound() * (1.0 + settings_.gap);
        const auto stop = [&] { return stop_requested(); };
        const Selection fitted = fitting.fit(enough, stop);
        if (fitted.better_than(best_)) keep(fitted, choices);
        if (problem.groups() > problem.bridges()) return;
        Dive dive(choices, rows, problem.rows.bounds, prices);
        for (const double temperature : derived_temperatures) {
            if (satisfied(subproblem) || stop_requested()) return;
            const Selection found = fitting.improve(dive.run(temperature, stop), enough, stop);
            if (found.better_than(best_)) keep(found, choices);
            eject(choices, problem.rows.bounds, found.choice_of_bridge, found.feasible(), std::ssize(derived_temperatures));
        }
    }

    [[nodiscard]] bool satisfied(const Subproblem& subproblem) const {
        return best_.feasible() && best_.cost <= (1.0 + satisfying) * subproblem.bound();
    }

    // Exchanges choices of the best plan for others of small reduced cost, where it was found at other prices.
    void polish(const Subproblem& subproblem) {
        const Choices choices(problem_, rows_, subproblem.range(), subproblem.prices(), 1.0, few_candidates(), infinite, plans_);
        Fitting fitting(problem_, rows_, choices, subproblem.prices());
        keep(fitting.improve(choices.kept(), lower_bound() * (1.0 + settings_.gap), [&] { return stop_requested(); }), choices);
    }

    // True if it finds a better plan.
    bool fit(const RelaxationProblem& problem, const Subproblem& subproblem, const Eigen::ArrayXd& prices) {
        const Choices choices(problem, rows_, subproblem.range(), prices, 1.0, few_candidates(), infinite);
        Fitting fitting(problem, rows_, choices, prices);
        const double enough = lower_bound() * (1.0 + settings_.gap);
        const Selection selection = fitting.fit(enough, [&] { return stop_requested(); });
        const bool better = plans_.empty() || selection.better_than(best_);
        if (better) keep(selection, choices);
        return better;
    }

    // No value where no plan keeps the rows cut by this share.
    std::optional<Eigen::ArrayXd> prices_of_cut_rows(const Subproblem& subproblem, double cut) {
        const std::vector<Index> bounds = cut_bounds(problem_.rows.bounds, cut);
        RelaxationProblem problem = problem_;
        problem.rows.bounds = bounds;
        const Rows rows(problem);
        Dual dual(problem, rows, subproblem.range(), execution_.threads);
        const DualGoal goal{.tolerance = cut_tolerance, .passes = settings_.passes};
        const DualPoint point = dual.maximize(subproblem.prices(), goal, [&] { return stop_requested(); });
        result_.passes += dual.passes();
        if (point.no_plan) return std::nullopt;
        return point.prices;
    }

    // Where nothing keeps the rows: prices of least overrun, which often prove that nothing can, and plans near them. Without
    // rows this is only where the search was stopped before its first plan.
    void come_near() {
        if (rows_.rows() == 0) {
            if (const std::vector<Subproblem*> order = by_bound(); !order.empty()) fit(problem_, *order.front(), order.front()->prices());
            return;
        }
        for (Subproblem& subproblem : subproblems_) {
            if (!plans_.empty() && stop_requested()) break;
            if (!has_plan(subproblem)) continue;
            Dual dual(all_, rows_, subproblem.range(), execution_.threads);
            const DualGoal goal{.cost_weight = 0.0, .largest_price = 1.0, .tolerance = 1e-4, .passes = settings_.passes};
            const bool priced = (subproblem.prices() > 0.0).any();
            const Eigen::ArrayXd start = scaled_down(priced ? subproblem.prices() : rows_.scales(), rows_.scales());
            const DualPoint point = dual.maximize(start, goal, [&] { return stop_requested(); });
            result_.passes += dual.passes();
            if (point.bound >= 1.0) subproblem.prove_infeasible(point.prices, execution_.threads);
            const Choices choices(all_, rows_, subproblem.range(), point.prices, 0.0, candidates(), infinite);
            Fitting fitting(all_, rows_, choices, point.prices);
            const Selection selection = fitting.least_overrun([&] { return stop_requested(); });
            if (!plans_.empty() && !selection.better_than(best_)) continue;
            keep(selection, choices);
            if (best_.feasible()) polish(subproblem);
        }
    }

    // Where nothing is found that keeps the rows: the least cost of plans that overrun no row more than the plan does.
    void cheapen() {
        if (plans_.empty() || rows_.rows() == 0 || stop_requested()) return;
        std::vector<Index> bounds(problem_.rows.bounds.begin(), problem_.rows.bounds.end());
        for (std::size_t row = 0; row < bounds.size(); ++row) bounds[row] = std::max(bounds[row], best_.use[row]);
        RelaxationProblem problem = all_;
        problem.rows.bounds = bounds;
        const core::Execution execution{.threads = execution_.threads, .stop_requested = [&] { return stop_requested(); }};
        RelaxationSettings settings = settings_;
        settings.derivations = 0;
        const RelaxationResult found = relax(problem, settings, execution, nullptr, plans_);
        result_.passes += found.passes;
        result_.nodes += found.nodes;
        begin_with(found.plans);
    }

    // Whether every bridge has an allowed plan.
    [[nodiscard]] bool has_plan(const Subproblem& subproblem) const {
        if (subproblem.proof().bound != no_plan) return true;
        return exact_bound(all_, rows_, subproblem.range(), Eigen::ArrayXd::Zero(rows_.rows()), 0.0, execution_.threads) != no_plan;
    }

    void exclude_others() {
        Index nodes = settings_.nodes - result_.nodes;
        result_.complete = true;
        for (Subproblem* subproblem : by_bound()) {
            if (stop_requested()) break;
            if (subproblem->excluded || (best_.feasible() && subproblem->bound() >= best_.cost - 1.0)) continue;
            result_.complete = branch(*subproblem, nodes) && result_.complete;
        }
        result_.complete = result_.complete && !interrupted_;
    }

    // True if no plan of the subproblem is better than the best.
    bool branch(const Subproblem& subproblem, Index& nodes) {
        const double limit = best_.feasible() ? best_.cost - subproblem.priced_bound() + 1.0 : infinite;
        const Choices choices(problem_, rows_, subproblem.range(), subproblem.prices(), 1.0, most_branched, limit);
        Branching branching(problem_, rows_, choices, subproblem.pool);
        Selection best = best_;
        const bool complete = branching.search(best, nodes, [&] { return stop_requested(); });
        result_.nodes += branching.nodes();
        nodes -= branching.nodes();
        if (best.better_than(best_)) keep(best, choices);
        return complete && choices.complete_to() >= limit;
    }

    void keep(const Selection& selection, const Choices& choices) {
        best_ = selection;
        if (best_.feasible()) enough_ = best_.cost;
        plans_.clear();
        for (const Index choice : selection.choice_of_bridge) {
            const Indices plans = choices.plans(choice);
            plans_.insert(plans_.end(), plans.begin(), plans.end());
        }
    }

    // Plans to try; the best of every bridge is among them, so that many bridges need more.
    [[nodiscard]] Index candidates() const {
        const Index most = std::max(settings_.candidates, problem_.bridges() + more_candidates());
        return std::min(most, std::max(candidates_per_bridge * problem_.bridges(), fewest_candidates));
    }

    // Often enough for a first try, which takes time in proportion.
    [[nodiscard]] Index few_candidates() const { return std::min(candidates(), problem_.bridges() + more_candidates()); }

    // More of many bridges: the use that they have to adapt grows with them.
    [[nodiscard]] Index more_candidates() const { return std::max(fewest_candidates, problem_.bridges() / bridges_per_candidate); }

    [[nodiscard]] double lower_bound() const {
        double least = infinite;
        for (const Subproblem& subproblem : subproblems_) least = std::min(least, subproblem.bound());
        return least;
    }

    bool stop_requested() {
        report();
        if (!interrupted_ && execution_.stop_requested && execution_.stop_requested()) interrupted_ = true;
        return interrupted_;
    }

    void report() const {
        if (on_progress_) on_progress_({.passes = result_.passes, .bound = lower_bound(), .cost = best_.cost, .overrun = best_.overrun});
    }

    RelaxationResult result() {
        for (const Subproblem& subproblem : subproblems_) {
            result_.proofs.push_back(subproblem.proof());
            if (subproblem.derived && !subproblem.infeasible()) result_.derived.push_back(subproblem.derived->proof);
        }
        result_.plans = plans_;
        result_.interrupted = interrupted_;
        if (plans_.empty()) return result_;
        result_.cost = exact_cost(problem_, plans_);
        result_.spent = exact_resources(problem_, plans_);
        result_.spent.resize(at(problem_.horizon()));
        result_.use = exact_use(problem_, rows_, plans_);
        for (std::size_t row = 0; row < result_.use.size(); ++row)
            result_.overrun += std::max<Index>(result_.use[row] - problem_.rows.bounds[row], 0);
        return result_;
    }

    const RelaxationProblem& all_;
    const RelaxationSettings& settings_;
    const core::Execution& execution_;
    const OnProgress& on_progress_;
    Rows rows_;
    PossibleProblem possible_;
    PackedPlans packed_;
    RelaxationProblem problem_;  // without plans that cannot be part of a selection within the rows
    Indices start_;
    Eigen::ArrayXd near_prices_;  // near the best, where they are known
    std::vector<Subproblem> subproblems_;
    Selection best_{.choice_of_bridge = {}, .use = {}, .cost = infinite, .overrun = infinite};
    double enough_ = infinite;  // an interval whose bound is as large cannot change the result
    std::vector<Index> plans_;
    RelaxationResult result_;
    bool interrupted_ = false;
};

}  // namespace

void round_amounts(std::span<double> yen, const core::Execution& execution) {
    constexpr Index amounts_per_chunk = 1 << 16;
    core::parallel_for(std::ssize(yen), amounts_per_chunk, execution, [&](Index begin, Index end) {
        for (double& number : yen.subspan(at(begin), at(end - begin)))
            number = std::nearbyint(number * (1 << amount_bits)) / (1 << amount_bits);
    });
}

RelaxationResult relax(const RelaxationProblem& problem, const RelaxationSettings& settings, const core::Execution& execution,
                       const OnProgress& on_progress, Indices start) {
    return Run(problem, settings, execution, on_progress, start).solve();
}

Index lower_bound(const RelaxationProblem& problem, Index interval, Numbers prices, bool with_costs, int threads) {
    const Eigen::Map<const Eigen::ArrayXd> of_rows(prices.data(), std::ssize(prices));
    const Rows rows(problem);
    if (!with_costs) return exact_bound(problem, rows, range_of(problem, interval), of_rows, 0.0, threads);
    const PossibleProblem possible(problem, rows, threads);
    return exact_bound(possible.problem(), rows, range_of(problem, interval), of_rows, 1.0, threads);
}

}  // namespace nagamochi::planning
