#pragma once

#include <Eigen/Core>

namespace nagamochi::planning::relaxation {

// Where slopes . step - step . curvature . step / 2 is large within a box that holds 0: Cholesky while the box cuts off fewer
// than all coordinates, then one coordinate after another. The curvature is positive definite. The value is never below that of 0.
[[nodiscard]] Eigen::VectorXd boxed_step(const Eigen::MatrixXd& curvature, const Eigen::VectorXd& slopes, const Eigen::VectorXd& lowest,
                                         const Eigen::VectorXd& highest);

}  // namespace nagamochi::planning::relaxation
