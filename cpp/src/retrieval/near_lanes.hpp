#pragma once

#include <cstdint>

namespace nagamochi::retrieval {

constexpr int tile_side = 4;            // rows and queries that are multiplied together
constexpr float rounded_length = 32e3;  // of a vector in whole numbers: products stay below 2^31, numbers below 2^15

// Rows rounded to whole numbers, and what decides whether one can be near. Plain pointers, owned by the caller.
struct RoundedRows {
    const std::int16_t* numbers;  // (count, width)
    const float* offset;          // (count) half the squared length, scaled as the products are
    const float* scale;           // (count) what the vector was multiplied by
    int count;                    // a multiple of tile_side
    int width;                    // a multiple of width_step
};

// Queries likewise: a row is near if product >= offset * scale of the query - scale of the row * reach - slack.
struct RoundedQueries {
    const std::int16_t* numbers;  // (tile_side, width)
    int count;                    // of the tile_side places
    float scale[tile_side];
    float reach[tile_side];
    float slack;
};

constexpr int width_step = 32;

struct NearHit {
    int query;
    int row;
    std::int32_t product;
};

// One source compiled for three instruction sets; whole numbers, so the same products in each.
struct NearLanes {
    // Multiply a vector by scale and round it; fills up to width with zeros.
    void (*round_floats)(const float* vector, int dimension, int width, float scale, std::int16_t* rounded);
    void (*round_halves)(const std::uint16_t* vector, int dimension, int width, float scale, std::int16_t* rounded);
    // Pairs that are near, at most count * tile_side; returns how many.
    int (*near_pairs)(const RoundedRows& rows, const RoundedQueries& queries, NearHit* hits);
};

NearLanes near_lanes_baseline();
NearLanes near_lanes_avx2();
NearLanes near_lanes_avx512();

}  // namespace nagamochi::retrieval
