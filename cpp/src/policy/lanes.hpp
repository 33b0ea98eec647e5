#pragma once

// Vectors of the instruction set that a source is compiled for; only for sources that are compiled once for every one.

namespace nagamochi::policy {
namespace {

constexpr int width = NAGAMOCHI_LANE_WIDTH;

typedef double Lanes __attribute__((vector_size(width * sizeof(double)), may_alias));

inline Lanes* lanes(double* numbers) { return reinterpret_cast<Lanes*>(numbers); }
inline const Lanes* lanes(const double* numbers) { return reinterpret_cast<const Lanes*>(numbers); }

inline Lanes spread(double number) { return number - Lanes{}; }

}  // namespace
}  // namespace nagamochi::policy
