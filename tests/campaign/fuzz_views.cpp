// Views of arrays with any content that the bindings let through: reading them stays within them. Each array is a heap block of its
// own, so that AddressSanitizer sees the first byte beyond it.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <cstring>

#include "nagamochi/deterioration/equal_rows.hpp"
#include "nagamochi/planning/network.hpp"
#include "nagamochi/planning/plan_layout.hpp"

using namespace nagamochi;

namespace {

constexpr Index most_curves = 6;
constexpr Index most_points = 8;

struct Bytes {
    FuzzedDataProvider data;

    double number() {
        const auto bits = data.ConsumeIntegral<std::uint64_t>();
        double number = 0;
        std::memcpy(&number, &bits, sizeof number);
        return data.ConsumeBool() ? number : static_cast<double>(data.ConsumeIntegralInRange<int>(-2, 12)) / 2;
    }
    Index index(Index least, Index most) { return data.ConsumeIntegralInRange<Index>(least, most); }
    std::vector<double> numbers(Index count) {
        std::vector<double> all(at(count));
        for (double& one : all) one = number();
        return all;
    }
    // What require_offsets lets through.
    std::vector<Index> offsets(Index runs, Index count) {
        std::vector<Index> all(at(runs + 1));
        for (Index& one : all) one = index(0, count);
        std::ranges::sort(all);
        return all;
    }
};

void read_network(Bytes& bytes) {
    const Index curves = bytes.index(0, most_curves);
    const Index groups = bytes.index(0, curves);
    const Index points = bytes.index(0, most_points);
    const Index tables = bytes.index(0, 3);
    const auto group_offsets = bytes.offsets(groups, curves);
    const auto table_offsets = bytes.offsets(tables, points);
    for (Index t = 0; t < tables; ++t)
        if (table_offsets[at(t + 1)] - table_offsets[at(t)] < 2) return;  // refused by the bindings
    const auto health = bytes.numbers(curves), life = bytes.numbers(curves), shape = bytes.numbers(curves);
    const auto age_ratio = bytes.numbers(points), table_health = bytes.numbers(points);
    std::vector<Index> table(at(curves)), last_year(at(groups)), work_years(at(bytes.index(0, 5)));
    for (Index& one : table) one = bytes.index(-1, tables - 1);
    for (Index& one : last_year) one = bytes.index(0, 60);
    for (Index& one : work_years) one = bytes.index(1, 60);
    const auto work_offsets = bytes.offsets(curves, std::ssize(work_years));
    const planning::NetworkView view{.group_offsets = group_offsets,
                                     .health = health,
                                     .service_life = life,
                                     .shape = shape,
                                     .table = table,
                                     .repair_cost = {},
                                     .restored_health = health,
                                     .table_offsets = table_offsets,
                                     .table_age_ratio = age_ratio,
                                     .table_health = table_health,
                                     .work_offsets = work_offsets,
                                     .work_years = work_years,
                                     .last_year = last_year,
                                     .access_cost = {}};
    volatile double sink = 0;
    for (Index c = 0; c < view.curves(); ++c) {
        const auto curve = view.curve(c);
        const double x = bytes.number();
        sink = sink + curve.loss_at_age(x) + curve.age_at_loss(x) + curve.age_at_level(x);
        for (const Index year : view.works(c)) sink = sink + static_cast<double>(year);
    }
    for (Index g = 0; g < view.groups(); ++g)
        sink = sink + static_cast<double>(view.last_year_of(g, 50)) + (group_offsets[at(g)] < curves && view.is_decided(g, 50));
}

void read_layout(Bytes& bytes) {
    const auto some = [&](Index least, Index most) {
        std::vector<Index> all(at(bytes.index(1, 4)));
        for (Index& one : all) one = bytes.index(least, most);
        return all;
    };
    auto levels = bytes.numbers(bytes.index(1, 3));
    levels.push_back(planning::never);
    const planning::PlanLayout layout(levels, some(1, 70), some(1, 70), bytes.index(1, 70), some(1, 5),
                                      {bytes.number(), bytes.index(1, 5)});
    for (Index plan = 0; plan < layout.plans(); ++plan) {
        const auto one = layout.plan(plan);
        if (layout.slots(one) > layout.most_slots()) __builtin_trap();
        for (Index slot = 0; slot < layout.slots(one); ++slot)
            if (one.repair_year(slot) < 1) __builtin_trap();
    }
}

void count_rows(Bytes& bytes) {
    const Index rows = bytes.index(0, 40);
    std::vector<std::vector<std::uint64_t>> columns(at(bytes.index(1, 3)), std::vector<std::uint64_t>(at(rows)));
    for (auto& column : columns)
        for (auto& word : column) word = bytes.data.ConsumeBool() ? bytes.data.ConsumeIntegral<std::uint64_t>() : 1;
    const std::vector<deterioration::Words> views(columns.begin(), columns.end());
    Index counted = 0;
    for (const auto& found : deterioration::count_equal_rows(views, {}, core::Execution{})) {
        counted += found.count;
        if (found.first < 0 || found.first >= rows) __builtin_trap();
    }
    if (counted != rows) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes{FuzzedDataProvider(data, size)};
    switch (bytes.index(0, 2)) {
        case 0:
            read_network(bytes);
            break;
        case 1:
            read_layout(bytes);
            break;
        default:
            count_rows(bytes);
    }
    return 0;
}
