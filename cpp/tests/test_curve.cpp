#include <doctest/doctest.h>

#include <array>
#include <limits>

#include "nagamochi/deterioration/curve.hpp"

namespace nagamochi::deterioration {
namespace {

using doctest::Approx;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double life = 60.0;
constexpr std::array shapes = {0.5, 1.0, 2.0, 3.3};

// Health by age ratio.
constexpr std::array two_piece_age = {0.0, 0.5, 1.0};
constexpr std::array two_piece_health = {5.0, 4.0, 1.0};
constexpr std::array flat_age = {0.0, 0.1, 0.2, 0.6, 0.8, 1.0};
constexpr std::array flat_health = {5.0, 5.0, 4.0, 4.0, 1.0, 1.0};

constexpr Curve power(double shape) { return {.service_life = life, .shape = shape}; }
constexpr Curve two_piece() { return {.service_life = life, .table_age_ratio = two_piece_age, .table_health = two_piece_health}; }
constexpr Curve flat_in_parts() { return {.service_life = life, .table_age_ratio = flat_age, .table_health = flat_health}; }

TEST_CASE("a curve loses nothing as new and 4 from the end of its life on") {
    for (const double shape : shapes) {
        CAPTURE(shape);
        CHECK(power(shape).loss_at_age(0.0) == 0.0);
        CHECK(power(shape).loss_at_age(life) == 4.0);
        CHECK(power(shape).loss_at_age(2 * life) == 4.0);
    }
    for (const Curve& curve : {two_piece(), flat_in_parts()}) {
        CHECK(curve.loss_at_age(0.0) == 0.0);
        CHECK(curve.loss_at_age(life) == 4.0);
        CHECK(curve.loss_at_age(2 * life) == 4.0);
    }
}

TEST_CASE("a power curve loses 4 (age / life)^shape") {
    CHECK(power(1.0).loss_at_age(15.0) == Approx(1.0));
    CHECK(power(2.0).loss_at_age(30.0) == Approx(1.0));
    CHECK(power(0.5).loss_at_age(15.0) == Approx(2.0));
    CHECK(power(3.0).loss_at_age(30.0) == Approx(0.5));
}

TEST_CASE("a table is linear between its points") {
    CHECK(two_piece().loss_at_age(15.0) == Approx(0.5));
    CHECK(two_piece().loss_at_age(30.0) == Approx(1.0));
    CHECK(two_piece().loss_at_age(45.0) == Approx(2.5));
    CHECK(flat_in_parts().loss_at_age(24.0) == Approx(1.0));
}

TEST_CASE("the age at a loss inverts the loss at an age") {
    for (int step = 0; step <= 240; ++step) {
        const double age = life * step / 240;
        CAPTURE(age);
        CHECK(two_piece().age_at_loss(two_piece().loss_at_age(age)) == Approx(age));
        for (const double shape : shapes) {
            CAPTURE(shape);
            CHECK(power(shape).age_at_loss(power(shape).loss_at_age(age)) == Approx(age));
        }
    }
}

TEST_CASE("where a table is flat, the earliest age counts") {
    CHECK(flat_in_parts().age_at_loss(0.0) == 0.0);
    CHECK(flat_in_parts().age_at_loss(1.0) == Approx(0.2 * life));
    CHECK(flat_in_parts().age_at_loss(4.0) == Approx(0.8 * life));
}

TEST_CASE("a level at or above 5 is always reached, one below 1 never") {
    for (const Curve& curve : {power(1.0), power(2.0), two_piece(), flat_in_parts()}) {
        CHECK(curve.age_at_level(5.0) == -infinity);
        CHECK(curve.age_at_level(6.0) == -infinity);
        CHECK(curve.age_at_level(0.99) == infinity);
    }
}

TEST_CASE("a level within the tolerance of the end is reached by the end of the life") {
    for (const Curve& curve : {power(1.0), power(2.0), two_piece(), flat_in_parts()}) {
        for (const double level : {1.0, 1.0 - 0.5e-9, 1.0 - 0.99e-9}) {
            CAPTURE(level);
            CHECK(curve.age_at_level(level) > 0.0);
            CHECK(curve.age_at_level(level) <= life);
        }
    }
}

TEST_CASE("a level is reached where the health has fallen to it, exactly at it included") {
    CHECK(power(2.0).age_at_level(4.0) == Approx(30.0));
    CHECK(power(2.0).age_at_level(4.0) <= 30.0);
    CHECK(power(2.0).age_at_level(4.0) > 29.999);
    CHECK(power(1.0).age_at_level(3.0) == Approx(30.0));
    CHECK(two_piece().age_at_level(2.5) == Approx(45.0));
    CHECK(flat_in_parts().age_at_level(4.0) == Approx(0.2 * life));
}

}  // namespace
}  // namespace nagamochi::deterioration
