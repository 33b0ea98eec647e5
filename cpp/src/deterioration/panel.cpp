#include "nagamochi/deterioration/panel.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "nagamochi/core/elementary.hpp"
#include "nagamochi/deterioration/sojourn.hpp"

namespace nagamochi::deterioration {
namespace {

constexpr Index block_pairs = 2048;
constexpr double largest_exponent = 500.0;  // of a hazard: faster ones are the same to every pair, and no infinite numbers

// The hazards of the ratings that a pair was in.
class Passage {
public:
    Passage(const PanelView& panel, Numbers parameters) : panel_(panel), parameters_(parameters) {}

    Numbers hazards(Index pair) {
        const Index from = panel_.before[at(pair)] - 1;
        const Index to = panel_.after[at(pair)] - 1;
        for (Index m = from; m <= to; ++m) hazards_[at(m - from)] = m + 1 < panel_.ratings ? hazard(pair, m) : 0.0;
        return Numbers(hazards_).first(at(to - from + 1));
    }

private:
    [[nodiscard]] double hazard(Index pair, Index rating) const {
        double exponent = 0.0;
        for (Index k = panel_.first_parameter[at(rating)]; k < panel_.first_parameter[at(rating + 1)]; ++k)
            exponent += parameters_[at(k)] * panel_.covariates[at(pair * panel_.columns + panel_.covariate_of[at(k)])];
        return core::exp(std::min(exponent, largest_exponent));
    }

    const PanelView& panel_;
    Numbers parameters_;
    std::array<double, most_ratings> hazards_{};
};

// Sums over the pairs of a block: value, gradient and upper triangle of the Hessian, one after the other.
class Sums {
public:
    Sums(const PanelView& panel, std::span<double> sums)
        : panel_(panel),
          value_(sums[0]),
          gradient_(sums.subspan(1, at(panel.parameters()))),
          hessian_(sums.subspan(1 + gradient_.size())) {}

    static Index size(const PanelView& panel) { return 1 + panel.parameters() * (1 + panel.parameters()); }

    void add(Index pair, Numbers hazards, const Sojourns& sojourns) {
        value_ += panel_.weight[at(pair)] * sojourns.log_probability();
        const Index from = panel_.before[at(pair)] - 1;
        const Index passed = panel_.after[at(pair)] - panel_.before[at(pair)];
        const Index hazardous = std::min(passed, panel_.ratings - 2 - from);
        for (Index a = 0; a <= hazardous; ++a) {
            const double exposure = hazards[at(a)] * sojourns.expected(at(a));
            add_gradient(pair, from + a, (a < passed ? 1.0 : 0.0) - exposure);
            for (Index b = a; b <= hazardous; ++b) {
                const double together = hazards[at(a)] * hazards[at(b)] * sojourns.covariance(at(a), at(b));
                add_hessian(pair, from + a, from + b, a == b ? together - exposure : together);
            }
        }
    }

private:
    [[nodiscard]] double covariate(Index pair, Index k) const {
        return panel_.covariates[at(pair * panel_.columns + panel_.covariate_of[at(k)])];
    }

    void add_gradient(Index pair, Index rating, double by_log_hazard) {
        const double weighted = panel_.weight[at(pair)] * by_log_hazard;
        for (Index k = panel_.first_parameter[at(rating)]; k < panel_.first_parameter[at(rating + 1)]; ++k)
            gradient_[at(k)] += weighted * covariate(pair, k);
    }

    void add_hessian(Index pair, Index rating, Index other, double by_log_hazards) {
        for (Index k = panel_.first_parameter[at(rating)]; k < panel_.first_parameter[at(rating + 1)]; ++k) {
            const double weighted = panel_.weight[at(pair)] * by_log_hazards * covariate(pair, k);
            for (Index l = panel_.first_parameter[at(other)]; l < panel_.first_parameter[at(other + 1)]; ++l)
                hessian_[at(k * panel_.parameters() + l)] += weighted * covariate(pair, l);
        }
    }

    const PanelView& panel_;
    double& value_;
    std::span<double> gradient_;
    std::span<double> hessian_;
};

void add_block(const PanelView& panel, Numbers parameters, Index block, std::span<double> sums) {
    Passage passage(panel, parameters);
    Sojourns sojourns;
    Sums block_sums(panel, sums);
    for (Index pair = block * block_pairs; pair < std::min((block + 1) * block_pairs, panel.pairs()); ++pair) {
        const Numbers hazards = passage.hazards(pair);
        sojourns.find(hazards, panel.years[at(pair)]);
        block_sums.add(pair, hazards, sojourns);
    }
}

}  // namespace

double log_likelihood(const PanelView& panel, Numbers parameters, std::span<double> gradient, std::span<double> hessian,
                      const core::Execution& execution) {
    const Index blocks = (panel.pairs() + block_pairs - 1) / block_pairs;
    const Index size = Sums::size(panel);
    std::vector<double> sums(at(blocks * size));
    const auto sums_of = [&](Index block) { return std::span(sums).subspan(at(block * size), at(size)); };
    core::parallel_for(blocks, 1, execution, [&](Index begin, Index end) {
        for (Index block = begin; block < end; ++block) add_block(panel, parameters, block, sums_of(block));
    });

    const auto total = sums_of(0);
    for (Index block = 1; block < blocks; ++block)
        std::transform(total.begin(), total.end(), sums_of(block).begin(), total.begin(), std::plus<>());
    const Index n = panel.parameters();
    std::copy_n(total.begin() + 1, n, gradient.begin());
    for (Index k = 0; k < n; ++k) {
        for (Index l = k; l < n; ++l) hessian[at(k * n + l)] = hessian[at(l * n + k)] = total[at(1 + n + k * n + l)];
    }
    return total[0];
}

void log_probabilities(const PanelView& panel, Numbers parameters, std::span<double> values, const core::Execution& execution) {
    core::parallel_for(panel.pairs(), block_pairs, execution, [&](Index begin, Index end) {
        Passage passage(panel, parameters);
        Sojourns sojourns;
        for (Index pair = begin; pair < end; ++pair) {
            sojourns.find_probability(passage.hazards(pair), panel.years[at(pair)]);
            values[at(pair)] = sojourns.log_probability();
        }
    });
}

}  // namespace nagamochi::deterioration
