#pragma once

#include <vector>

#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/rating_scatter.hpp"

namespace nagamochi::planning {

// What the health of a curve in year 0 and its service life may be.
struct CurveCase {
    double health;
    double life;  // multiple of the service life
    double probability;
};

// The cases of curves whose health in year 0 is a rating, or whose service life is uncertain.
class CurveCases {
public:
    explicit CurveCases(const RatingScatter& scatter) : scatter_(scatter) {}

    // Whether there is more than one.
    [[nodiscard]] bool any() const { return scatter_.rated_health || scatter_.life_scatter > 0.0; }

    // For sums over what changes little by little with health and life: 15 of each.
    [[nodiscard]] std::vector<CurveCase> smooth(double health) const;

    // For the year in which a curve falls below a minimum: one case for each year, of the curve unrepaired and since a repair.
    [[nodiscard]] std::vector<CurveCase> by_fall(const deterioration::Curve& curve, double health, double restored_health, double minimum,
                                                 Index horizon) const;

private:
    struct Node {
        double value;
        double probability;
    };

    [[nodiscard]] std::vector<Node> healths(double rated) const;
    [[nodiscard]] std::vector<Node> healths_between(double rated, std::vector<double> bounds) const;
    [[nodiscard]] std::vector<Node> grades(double rated) const;
    [[nodiscard]] std::vector<Node> lives() const;
    [[nodiscard]] std::vector<Node> lives_between(std::vector<double> bounds) const;
    [[nodiscard]] double likelihood(double rated, double health) const;
    [[nodiscard]] double likelihood_up_to(double rated, double health) const;

    RatingScatter scatter_;
};

// The cases of one curve as the curves of a network of one group.
class CaseNetwork {
public:
    [[nodiscard]] NetworkView of(const NetworkView& network, Index group, Index curve, const std::vector<CurveCase>& cases);

private:
    std::vector<Index> group_offsets_;
    std::vector<double> health_;
    std::vector<double> service_life_;
    std::vector<double> shape_;
    std::vector<Index> table_;
    std::vector<double> repair_cost_;
    std::vector<double> restored_health_;
    std::vector<Index> work_offsets_;
    std::vector<Index> work_years_;
    std::vector<Index> last_year_;
};

}  // namespace nagamochi::planning
