#include "tests/onnx/test_graphs.hpp"

#include <fmt/format.h>

#include "compiler/graph/onnx/npy.hpp"

namespace heddle::test {

std::vector<std::pair<std::string, std::string>> test_graphs() {
  return {{"bert", "input"}, {"gpt2", "input"}, {"gpt2", "batch"}, {"vit", "input"}, {"llama", "input"}};
}

std::string graphs_directory() { return HEDDLE_SOURCE_DIR "/tests/onnx/graphs"; }

TestGraph load_test_graph(const std::string& graph, const std::string& set) {
  using namespace graph::onnx;
  const std::string folder = graphs_directory() + "/" + graph;
  TestGraph out{graph, set, read_model(folder + "/model.onnx"), {}, {}};
  Symbols symbols;
  for (const ValueId id : out.model.inputs) {
    out.inputs.push_back(read_npy(fmt::format("{}/{}.{}.npy", folder, set, out.model.value(id).name)));
    match_symbols(out.model, id, out.inputs.back().shape(), &symbols);
  }
  for (const ValueId id : out.model.outputs) {
    out.expected.push_back(
        read_npy(fmt::format("{}/{}.expected.{}.npy", folder, set, out.model.value(id).name)));
  }
  out.model = bind_symbols(std::move(out.model), symbols);
  return out;
}

}  // namespace heddle::test
