// The model once more, straight from its definition: double precision, no cache, no graph, every position
// computed anew from the tensors that the test wrote.
#pragma once
#include <cstdint>
#include <vector>

#include "tests/support/tiny_models.hpp"

namespace heddle::test {

/// Logits of every position: tokens.size() rows of vocab.
std::vector<std::vector<double>> naive_logits(const TinyModel& model, const Tensors& tensors,
                                              const std::vector<std::uint32_t>& tokens);

}  // namespace heddle::test
