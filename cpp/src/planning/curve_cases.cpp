#include "curve_cases.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "gauss_legendre.hpp"
#include "nagamochi/core/exponential.hpp"
#include "normal.hpp"

namespace nagamochi::planning {
namespace {

using deterioration::health_as_new;
using deterioration::health_at_end;

// Makes probabilities of weights.
template <class Node>
void normalise(std::vector<Node>& weighted) {
    double sum = 0.0;
    for (const Node& node : weighted) sum += node.probability;
    for (Node& node : weighted) node.probability /= sum;
}

template <class Node, class Weight>
std::vector<Node> nodes_between(double low, double high, Weight weight) {
    std::vector<Node> found;
    for (std::size_t i = 0; i < legendre_nodes.size(); ++i) {
        const double value = 0.5 * (low + high) + 0.5 * (high - low) * legendre_nodes[i];
        found.push_back({value, legendre_weights[i] * weight(value)});
    }
    normalise(found);
    return found;
}

// A multiple of the service life, and its place in the distribution.
double life_at(double z, double life_scatter) {
    const double inverse = core::exponential(-std::abs(z) * life_scatter);
    return z < 0.0 ? inverse : 1.0 / inverse;
}

double place_of(double life, double life_scatter) {
    return (life < 1.0 ? -core::logarithm(1.0 / life) : core::logarithm(life)) / life_scatter;
}

// The mean of the distribution up to z: its integral from minus infinity.
double integral_of_probability(double z) { return z * normal_probability(z) + normal_density(z); }

}  // namespace

// How probable the rating is, up to a factor, if health is this; ratings end at 1 and 5.
double CurveCases::likelihood(double rated, double health) const {
    const double above = (rated - scatter_.bias - health) / scatter_.deviation;
    if (rated >= health_as_new) return normal_probability(-above);
    return rated <= health_at_end ? normal_probability(above) : normal_density(above);
}

// Its integral up to a health, from wherever.
double CurveCases::likelihood_up_to(double rated, double health) const {
    const double above = (rated - scatter_.bias - health) / scatter_.deviation;
    if (rated >= health_as_new) return integral_of_probability(-above);
    return rated <= health_at_end ? -integral_of_probability(above) : normal_probability(-above);
}

// Every grade is as probable before it is rated.
std::vector<CurveCases::Node> CurveCases::grades(double rated) const {
    std::vector<Node> found;
    const Index column = static_cast<Index>(health_as_new - rated + 0.5);
    for (Index grade = 0; grade < health_knots; ++grade)
        if (const double probability = scatter_.rated[at(grade * health_knots + column)]; probability > 0.0)
            found.push_back({health_as_new - static_cast<double>(grade), probability});
    normalise(found);
    return found;
}

std::vector<CurveCases::Node> CurveCases::healths(double rated) const {
    if (!scatter_.rated_health) return {{rated, 1.0}};
    if (!scatter_.rated.empty()) return grades(rated);
    const double middle = rated - scatter_.bias;
    if (scatter_.deviation == 0.0) return {{std::clamp(middle, health_at_end, health_as_new), 1.0}};
    const double far = normal_reach * scatter_.deviation;
    const double low = rated <= health_at_end ? health_at_end : std::clamp(middle - far, health_at_end, health_as_new);
    const double high = rated >= health_as_new ? health_as_new : std::clamp(middle + far, health_at_end, health_as_new);
    if (low == high) return {{low, 1.0}};
    return nodes_between<Node>(low, high, [&](double health) { return likelihood(rated, health); });
}

std::vector<CurveCases::Node> CurveCases::lives() const {
    if (scatter_.life_scatter == 0.0) return {{1.0, 1.0}};
    std::vector<Node> found;
    for (std::size_t i = 0; i < normal_nodes().size(); ++i)
        found.push_back({life_at(normal_nodes()[i], scatter_.life_scatter), normal_weights()[i]});
    return found;
}

std::vector<CurveCase> CurveCases::smooth(double health) const {
    std::vector<CurveCase> cases;
    for (const Node& life : lives())
        for (const Node& now : healths(health)) cases.push_back({now.value, life.value, now.probability * life.probability});
    return cases;
}

// The middle of each part between bounds, with the probability of the part.
std::vector<CurveCases::Node> CurveCases::healths_between(double rated, std::vector<double> bounds) const {
    const std::vector<Node> smooth = healths(rated);
    if (smooth.size() == 1 || !scatter_.rated.empty()) return smooth;
    const double low =
        rated <= health_at_end ? health_at_end : std::max(rated - scatter_.bias - normal_reach * scatter_.deviation, health_at_end);
    const double high =
        rated >= health_as_new ? health_as_new : std::min(rated - scatter_.bias + normal_reach * scatter_.deviation, health_as_new);
    std::erase_if(bounds, [&](double bound) { return !(bound > low && bound < high); });
    for (int part = 0; part <= 16; ++part) bounds.push_back(low + (high - low) * part / 16);
    std::ranges::sort(bounds);
    std::vector<Node> found;
    for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
        const double probability = likelihood_up_to(rated, bounds[i + 1]) - likelihood_up_to(rated, bounds[i]);
        if (probability > 0.0) found.push_back({0.5 * (bounds[i] + bounds[i + 1]), probability});
    }
    if (found.empty()) return smooth;
    normalise(found);
    return found;
}

// Bounds are multiples of the service life.
std::vector<CurveCases::Node> CurveCases::lives_between(std::vector<double> bounds) const {
    if (scatter_.life_scatter == 0.0) return {{1.0, 1.0}};
    for (double& bound : bounds) bound = bound > 0.0 ? place_of(bound, scatter_.life_scatter) : -normal_reach;
    std::erase_if(bounds, [](double z) { return !(z > -normal_reach && z < normal_reach); });
    for (int part = 0; part <= 16; ++part) bounds.push_back(normal_reach * (part - 8) / 8.0);
    std::ranges::sort(bounds);
    std::vector<Node> found;
    for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
        const double probability = normal_probability(bounds[i + 1]) - normal_probability(bounds[i]);
        const double middle = 0.5 * (bounds[i] + bounds[i + 1]);
        if (probability > 0.0) found.push_back({life_at(middle, scatter_.life_scatter), probability});
    }
    normalise(found);
    return found;
}

std::vector<CurveCase> CurveCases::by_fall(const deterioration::Curve& curve, double health, double restored_health, double minimum,
                                           Index horizon) const {
    const double end_age = curve.age_at_level(minimum);
    if (!std::isfinite(end_age)) return smooth(health);
    std::vector<double> life_bounds;
    for (const double from : {restored_health, health}) {
        const double years = end_age - curve.age_at_loss(health_as_new - from);
        for (Index year = 1; year <= horizon && years > 0.0; ++year) life_bounds.push_back(static_cast<double>(year) / years);
    }
    std::vector<CurveCase> cases;
    for (const Node& life : lives_between(life_bounds)) {
        std::vector<double> health_bounds;
        for (Index year = 0; year <= horizon; ++year) {
            const double age = end_age - static_cast<double>(year) / life.value;
            if (age > 0.0) health_bounds.push_back(health_as_new - curve.loss_at_age(age));
        }
        for (const Node& now : healths_between(health, health_bounds))
            cases.push_back({now.value, life.value, now.probability * life.probability});
    }
    return cases;
}

NetworkView CaseNetwork::of(const NetworkView& network, Index group, Index curve, const std::vector<CurveCase>& cases) {
    const std::size_t count = cases.size();
    group_offsets_ = {0, std::ssize(cases)};
    health_.clear();
    service_life_.clear();
    repair_cost_.clear();
    work_years_.clear();
    work_offsets_.assign(1, 0);
    const Numbers cost = network.repair_cost.subspan(at(curve * health_knots), at(health_knots));
    const Indices works = network.works(curve);
    for (const CurveCase& one : cases) {
        health_.push_back(one.health);
        service_life_.push_back(network.service_life[at(curve)] * one.life);
        repair_cost_.insert(repair_cost_.end(), cost.begin(), cost.end());
        work_years_.insert(work_years_.end(), works.begin(), works.end());
        work_offsets_.push_back(std::ssize(work_years_));
    }
    shape_.assign(count, network.shape[at(curve)]);
    table_.assign(count, network.table[at(curve)]);
    restored_health_.assign(count, network.restored_health[at(curve)]);
    last_year_.assign(network.last_year.empty() ? 0 : 1, network.last_year.empty() ? 0 : network.last_year[at(group)]);
    return {.group_offsets = group_offsets_,
            .health = health_,
            .service_life = service_life_,
            .shape = shape_,
            .table = table_,
            .repair_cost = repair_cost_,
            .restored_health = restored_health_,
            .table_offsets = network.table_offsets,
            .table_age_ratio = network.table_age_ratio,
            .table_health = network.table_health,
            .work_offsets = work_offsets_,
            .work_years = work_years_,
            .last_year = last_year_};
}

}  // namespace nagamochi::planning
