#include "cli/bench/static_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace heddle::cli {

emit::StaticImage compile_case(const graph::Graph& graph, const isa::Config& config,
                               const graph::Tensors& data, const emit::MeasureImage& measure,
                               const tiles::StaticTiling* tiling) {
  emit::StaticImage out = emit::compile_static(
      graph, config, [&](const graph::Value& value) { return data.at(graph.find_value(value.name)); },
      measure, tiling);
  out.image.constants.resize(out.image.arena_bytes);
  for (const int index : out.program.plan.inputs) {
    const tiles::StaticTensor& tensor = out.program.plan.tensor(index);
    const isa::Binding& binding = out.image.binding(tensor.name);
    const std::vector<float>& values = data.at(graph.find_value(tensor.name));
    const auto rows = static_cast<std::size_t>(tensor.rows), cols = static_cast<std::size_t>(tensor.cols);
    for (std::size_t r = 0; r < rows; ++r) {
      std::uint8_t* to = &out.image.constants[binding.offset + r * binding.row_stride];
      if (tensor.dtype != graph::DType::kBool) {
        std::memcpy(to, &values[r * cols], cols * sizeof(float));
      } else {
        for (std::size_t c = 0; c < cols; ++c) to[c] = values[r * cols + c] != 0.0f ? 1 : 0;
      }
    }
  }
  return out;
}

std::vector<float> read_rows(const isa::Image& image, const std::vector<std::uint8_t>& arena,
                             const std::string& binding) {
  const isa::Binding& from = image.binding(binding);
  const std::size_t rows = from.shape.at(0), cols = from.shape.at(1);
  std::vector<float> out(rows * cols);
  for (std::size_t r = 0; r < rows; ++r)
    std::memcpy(&out[r * cols], &arena.at(from.offset + r * from.row_stride), cols * sizeof(float));
  return out;
}

namespace {

double cosine(const std::string& name, const std::vector<float>& actual, const std::vector<float>& expected) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (!std::isfinite(actual[i]))
      throw std::runtime_error(fmt::format("element {} of {} is not finite", i, name));
    ab += static_cast<double>(actual[i]) * expected[i];
    aa += static_cast<double>(actual[i]) * actual[i];
    bb += static_cast<double>(expected[i]) * expected[i];
  }
  return aa == 0 || bb == 0 ? (aa == bb ? 1.0 : 0.0) : ab / std::sqrt(aa * bb);
}

}  // namespace

std::vector<Agreement> compare_case(const graph::Graph& graph, const graph::Tensors& data,
                                    const isa::Image& image, const std::vector<std::uint8_t>& arena) {
  const int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const graph::Tensors expected = graph::evaluate(graph, data, threads, true);
  std::vector<Agreement> out;
  for (const graph::Node& node : graph.nodes) {
    const graph::ValueId id = node.results.at(0);
    for (const isa::Binding& binding : image.bindings) {
      if (binding.dtype != "f32") continue;
      const std::string& name = graph.value(id).name;
      if (binding.name != name && binding.name != "intermediate/" + name) continue;
      out.push_back({name, cosine(name, read_rows(image, arena, binding.name), expected.at(id))});
    }
  }
  return out;
}

}  // namespace heddle::cli
