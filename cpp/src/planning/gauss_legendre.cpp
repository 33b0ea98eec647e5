#include "gauss_legendre.hpp"

#include <algorithm>
#include <numeric>

#include "normal.hpp"

namespace nagamochi::planning {

const std::array<double, gauss_nodes> legendre_nodes{-0.9879925180204854, -0.9372733924007058, -0.8482065834104272,  -0.7244177313601701,
                                                     -0.5709721726085388, -0.3941513470775634, -0.20119409399743451, 0.0,
                                                     0.20119409399743451, 0.3941513470775634,  0.5709721726085388,   0.7244177313601701,
                                                     0.8482065834104272,  0.9372733924007058,  0.9879925180204854};
const std::array<double, gauss_nodes> legendre_weights{0.030753241996117203, 0.0703660474881084, 0.10715922046717141, 0.13957067792615444,
                                                       0.16626920581699398,  0.1861610000155622, 0.1984314853271116,  0.2025782419255613,
                                                       0.1984314853271116,   0.1861610000155622, 0.16626920581699398, 0.13957067792615444,
                                                       0.10715922046717141,  0.0703660474881084, 0.030753241996117203};

const std::array<double, gauss_nodes>& normal_nodes() {
    static const auto found = [] {
        std::array<double, gauss_nodes> z{};
        std::ranges::transform(legendre_nodes, z.begin(), [](double node) { return normal_reach * node; });
        return z;
    }();
    return found;
}

const std::array<double, gauss_nodes>& normal_weights() {
    static const auto found = [] {
        std::array<double, gauss_nodes> weights{};
        std::ranges::transform(normal_nodes(), legendre_weights, weights.begin(),
                               [](double z, double weight) { return weight * normal_density(z); });
        const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
        std::ranges::transform(weights, weights.begin(), [&](double weight) { return weight / sum; });
        return weights;
    }();
    return found;
}

}  // namespace nagamochi::planning
