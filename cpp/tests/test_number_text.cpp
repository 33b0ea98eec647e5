#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "nagamochi/tables/number_text.hpp"

namespace nagamochi::tables {
namespace {

std::string text(double number) {
    NumberRoom room;
    return std::string(number_text(number, room));
}

TEST_CASE("whole numbers have no decimals, long ones those of a double") {
    CHECK(text(0.0) == "0");
    CHECK(text(-0.0) == "0");
    CHECK(text(-42.0) == "-42");
    CHECK(text(999999999999999.0) == "999999999999999");
    CHECK(text(1e15) == "1000000000000000.0");
    CHECK(text(-9007199254740993.0) == "-9007199254740992.0");
}

TEST_CASE("other numbers have the fewest digits, very small and large ones an exponent") {
    CHECK(text(3.2) == "3.2");
    CHECK(text(0.1 + 0.2) == "0.30000000000000004");
    CHECK(text(-139.0832512345678) == "-139.0832512345678");
    CHECK(text(1e-4) == "0.0001");
    CHECK(text(9.5e-5) == "9.5e-05");
    CHECK(text(1e16) == "1e+16");
    CHECK(text(-std::numeric_limits<double>::max()) == "-1.7976931348623157e+308");
    CHECK(text(std::numeric_limits<double>::denorm_min()) == "5e-324");
}

TEST_CASE("what is no number has a name") {
    CHECK(text(std::numeric_limits<double>::infinity()) == "inf");
    CHECK(text(-std::numeric_limits<double>::infinity()) == "-inf");
    CHECK(text(-std::numeric_limits<double>::quiet_NaN()) == "nan");
}

}  // namespace
}  // namespace nagamochi::tables
