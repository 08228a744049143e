// Simulation speed of the bare array: a new row every cycle, a new tile whenever the last one has passed.
// Prints cycles and cycles per second. Built and run by bench/simulation_speed/run.sh.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "Vheddle_array.h"
#include "heddle_config.hpp"
#include "verilated.h"

namespace {

template <class Port>
void randomise(Port& port, std::uint64_t& state) {
  std::uint8_t* bytes = reinterpret_cast<std::uint8_t*>(&port);
  for (std::size_t i = 0; i + 4 <= sizeof port; i += 4) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    const std::uint32_t word = static_cast<std::uint32_t>(state >> 32);
    std::memcpy(bytes + i, &word, 4);
  }
}

}  // namespace

double sc_time_stamp() { return 0; }

int main(int argc, char** argv) {
  constexpr int kGroups = heddle::hls::kRows / heddle::hls::kWeightRows;
  constexpr int kTileRows = 64;
  const long cycles = argc > 1 ? std::atol(argv[1]) : 300000;
  const auto array = std::make_unique<Vheddle_array>();
  std::uint64_t state = 1;
  array->rst_i = 1;
  for (int i = 0; i < 8; ++i) {
    array->clk_i = 0;
    array->eval();
    array->clk_i = 1;
    array->eval();
  }
  array->rst_i = 0;
  array->shift_valid_i = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (long cycle = 0; cycle < cycles; ++cycle) {
    const int row = static_cast<int>(cycle % kTileRows);
    array->row_valid_i = 1;
    array->row_first_i = row == 0;
    randomise(array->row_i, state);
    // The next tile's weights follow the wavefront of the current one.
    array->load_valid_i = row >= kGroups && row < 2 * kGroups;
    if (array->load_valid_i != 0) {
      array->load_group_i = static_cast<unsigned>(row - kGroups);
      randomise(array->load_data_i, state);
    }
    array->clk_i = 0;
    array->eval();
    array->clk_i = 1;
    array->eval();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%ld cycles, %.0f cycles/s\n", cycles, static_cast<double>(cycles) / seconds);
  return 0;
}
