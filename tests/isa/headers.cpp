// Compiled as C++14 and C++17: the headers that HLS tools and SystemC hosts read.
#include "isa/config.hpp"
#include "isa/counters.hpp"
#include "isa/instruction.hpp"
#include "isa/numerics/fp32.hpp"
#include "isa/numerics/functions.hpp"
#include "isa/numerics/reduction.hpp"
#include "isa/program.hpp"
#include "isa/registers.hpp"
#include "isa/status.hpp"
#include "isa/version.hpp"

int main() {
  heddle::isa::Config config;
  const char* field = "";
  return heddle::isa::check_config(config, &field) == nullptr &&
                 heddle::isa::kCounterInfo[0].functional == false && heddle::isa::fp32_exp(0.0f) == 1.0f &&
                 heddle::isa::fp32_row_sum(&heddle::isa::kMaskedScore, 1) < 0
             ? 0
             : 1;
}
