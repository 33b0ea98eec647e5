#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "made_choices.hpp"
#include "planning/relaxation/dive.hpp"
#include "planning/relaxation/merging.hpp"

namespace nagamochi::planning::relaxation {
namespace {

// What merging needs of a problem and its choices.
struct Setting {
    explicit Setting(const MadeChoices& of) : made(of), order(at(of.choices->bridges())) {
        std::iota(order.begin(), order.end(), Index{0});
        for (Index row = 0; row < made.rows.rows(); ++row) {
            prices.push_back(std::ldexp(made.prices[row], -amount_bits));
            scales.push_back(std::ldexp(made.rows.scales()[row], -amount_bits));
        }
    }

    [[nodiscard]] Merging merging() const { return {*made.choices, made.made.bounds, prices, scales}; }
    [[nodiscard]] Selection selection(const std::vector<Index>& chosen) const {
        Selection selection{.choice_of_bridge = chosen, .use = std::vector<Index>(made.made.bounds.size(), 0), .cost = made.cost(chosen)};
        for (const Index choice : chosen)
            for (const RowUse& use : made.choices->use(choice)) selection.use[at(use.row)] += use.amount;
        return selection;
    }
    // After changes that save something, until some attempts in a row do not.
    [[nodiscard]] std::vector<Index> improved(std::vector<Index> chosen) const {
        Merging merging = this->merging();
        for (int fruitless = 0; fruitless < 5;) {
            const std::vector<Change> changes = merging.best(selection(chosen), order, 1e-6, {});
            for (const Change& change : changes) chosen[at(change.bridge)] = change.choice;
            fruitless = changes.empty() ? fruitless + 1 : 0;
        }
        return chosen;
    }

    const MadeChoices& made;
    std::vector<Index> order;
    std::vector<double> prices;
    std::vector<double> scales;
};

}  // namespace

TEST_CASE("of four bridges merging finds the best of all combinations, from the dearest within the rows") {
    for (const double budget : {1.5e6, 1.7e6, 2.0e6, 2.4e6}) {
        CAPTURE(budget);
        const MadeChoices made(4, 4 * budget, 48);
        const std::vector<Index> dearest = made.dearest();
        REQUIRE(made.cost(dearest) > made.least_cost());
        CHECK(made.cost(Setting(made).improved(dearest)) == doctest::Approx(made.least_cost()).epsilon(1e-12));
    }
}

TEST_CASE("many bridges change together, within the rows, the same in every run") {
    for (const double budget : {1.3e6, 1.4e6, 1.5e6, 1.7e6}) {
        CAPTURE(budget);
        const MadeChoices made(60, 60 * budget, 60 * 20);
        const Setting setting(made);
        std::vector<Index> cut = made.made.bounds;
        for (Index& bound : cut) bound -= bound / 20;
        const std::vector<Index> start = Dive(*made.choices, made.rows, cut, made.prices).run(8e-3, go_on);
        REQUIRE(made.keeps_rows(start));
        const std::vector<Index> improved = setting.improved(start);
        CHECK(made.keeps_rows(improved));
        CHECK(made.cost(improved) < made.cost(start));
        CHECK(made.cost(improved) >= made.bound);
        CHECK(setting.improved(start) == improved);
    }
}

TEST_CASE("merging finds what is a little dearer where it may, but no selection that is known") {
    const MadeChoices made(12, 12 * 1.5e6, 12 * 20);
    const Setting setting(made);
    const std::vector<Index> start = setting.improved(Dive(*made.choices, made.rows, made.made.bounds, made.prices).run(8e-3, go_on));
    REQUIRE(made.keeps_rows(start));
    std::vector<double> known = {made.cost(start)};
    Merging merging = setting.merging();
    for (int step = 0; step < 5; ++step) {
        std::vector<Index> other = start;
        const std::vector<Change> changes = merging.best(setting.selection(start), setting.order, -0.1 * made.cost(start), known);
        REQUIRE(!changes.empty());
        for (const Change& change : changes) other[at(change.bridge)] = change.choice;
        CHECK(made.keeps_rows(other));
        CHECK(made.cost(other) < 1.1 * made.cost(start));
        for (const double cost : known) CHECK(std::abs(made.cost(other) - cost) >= 0.5);
        known.push_back(made.cost(other));
    }
}

TEST_CASE("without prices, or of three bridges, there is nothing to merge") {
    const MadeChoices free(6, 1e12, 40);
    std::vector<Index> first;
    for (Index bridge = 0; bridge < 6; ++bridge) first.push_back(free.choices->first(bridge));
    CHECK(Setting(free).improved(first) == first);
    const MadeChoices few(3, 3 * 4e6, 30);
    REQUIRE(few.least_cost() < infinite);
    CHECK(Setting(few).improved(few.dearest()) == few.dearest());
}

}  // namespace nagamochi::planning::relaxation
