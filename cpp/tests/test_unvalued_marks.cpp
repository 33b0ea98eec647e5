#include <doctest/doctest.h>

#include <string>

#include "nagamochi/tables/unvalued_marks.hpp"

namespace nagamochi::tables {
namespace {

TEST_CASE("formulas and errors are found, also behind a prefix") {
    for (const char* cell : {"<c><f>A1</f></c>", "<c><f/></c>", "<c><f t=\"shared\"/></c>", "<c><f\nsi=\"0\"/></c>",
                             "<x:c><x:f>A1</x:f></x:c>", "<c t=\"e\"><v>#N/A</v></c>", "<c t='e'/>"}) {
        CAPTURE(cell);
        CHECK(has_unvalued_marks(cell));
    }
}

TEST_CASE("values, texts and other elements are no such cells") {
    CHECK_FALSE(has_unvalued_marks(""));
    CHECK_FALSE(has_unvalued_marks("<f"));
    CHECK_FALSE(has_unvalued_marks("<c r=\"A1\" t=\"s\"><v>1</v></c><c t=\"str\"><v>e</v></c><filters/><is><t>f</t></is>"));
}

TEST_CASE("a mark is found wherever it begins") {
    constexpr std::size_t size = 3 * 4096;
    for (const std::size_t begin : {std::size_t{0}, std::size_t{15}, std::size_t{4093}, std::size_t{4096}, size - 4}) {
        CAPTURE(begin);
        std::string sheet(size, 'x');
        sheet.replace(begin, 4, "=\"e\"");
        CHECK(has_unvalued_marks(sheet));
        CHECK_FALSE(has_unvalued_marks(std::string_view(sheet).substr(0, begin + 3)));
    }
}

}  // namespace
}  // namespace nagamochi::tables
