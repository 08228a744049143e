// ONNX's own operator tests on the float reference. What does not pass stands in node_tests.txt with its
// reason; an entry there that is not needed any more fails as well.
#include <fmt/format.h>
#include <fnmatch.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "compiler/graph/onnx/bind.hpp"
#include "compiler/graph/onnx/evaluate.hpp"
#include "compiler/graph/onnx/operators.hpp"
#include "tests/onnx/compare.hpp"

namespace heddle::test {
namespace {

namespace fs = std::filesystem;
using namespace graph::onnx;

// ONNX's own tolerances (onnx/backend/test/runner).
constexpr double kRelative = 1e-3, kAbsolute = 1e-7;

struct Exceptions {
  std::map<std::string, std::string> operators, cases;  // reason by name, or by pattern with *

  /// The entry for a case; empty when there is none.
  std::string entry_of(const std::string& name) const {
    for (const auto& [pattern, reason] : cases) {
      if (fnmatch(pattern.c_str(), name.c_str(), 0) == 0) return pattern;
    }
    return "";
  }
};

Exceptions read_exceptions() {
  Exceptions out;
  std::ifstream file(HEDDLE_SOURCE_DIR "/tests/onnx/node_tests.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string kind, name, reason;
    words >> kind >> name;
    std::getline(words >> std::ws, reason);
    EXPECT_FALSE(reason.empty()) << "node_tests.txt: no reason in: " << line;
    EXPECT_TRUE(kind == "operator" || kind == "case") << "node_tests.txt: " << line;
    (kind == "operator" ? out.operators : out.cases)[name] = reason;
  }
  EXPECT_FALSE(out.operators.empty());
  return out;
}

/// What decides about shapes must be constant; some of these tests give it as an input.
Model bound(const Model& model, const Symbols& symbols, const std::vector<Tensor>& inputs) {
  try {
    return bind_symbols(model, symbols);
  } catch (const std::runtime_error& error) {
    if (std::string(error.what()).find("a shape depends on the values of") == std::string::npos) throw;
  }
  Model constant = model;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    constant.value(model.inputs[i]).constant = std::make_shared<const Tensor>(inputs[i]);
  }
  return bind_symbols(constant, symbols);
}

/// Empty when the case passes, else what went wrong.
std::string run_case(const fs::path& directory) {
  try {
    const Model model = read_model((directory / "model.onnx").string());
    std::size_t sets = 0;
    for (; fs::exists(directory / fmt::format("test_data_set_{}", sets)); ++sets) {
      const fs::path data = directory / fmt::format("test_data_set_{}", sets);
      std::vector<Tensor> inputs;
      Symbols symbols;
      for (std::size_t i = 0; i < model.inputs.size(); ++i) {
        inputs.push_back(read_tensor((data / fmt::format("input_{}.pb", i)).string()));
        match_symbols(model, model.inputs[i], inputs.back().shape(), &symbols);
      }
      const std::vector<Tensor> outputs = evaluate(bound(model, symbols, inputs), inputs);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const Tensor expected = read_tensor((data / fmt::format("output_{}.pb", i)).string());
        const std::string wrong = difference(outputs[i], expected, kRelative, kAbsolute);
        if (!wrong.empty()) return fmt::format("output {} {}", i, wrong);
      }
    }
    return sets == 0 ? "has no data" : "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(OnnxNodeTests, PassOrAreListedWithTheirReason) {
  const std::string root = HEDDLE_ONNX_TESTDATA;
  if (root.empty())
    GTEST_SKIP() << "ONNX's operator tests are not installed (apt-get install libonnx-testdata)";
  const Exceptions exceptions = read_exceptions();
  std::set<std::string> needed;
  int passed = 0, listed = 0;
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(root + "/node")) cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  ASSERT_GT(cases.size(), 500u);
  const std::regex unsupported("operator ([A-Za-z0-9]+)( of domain \"[^\"]*\")? is not supported");
  for (const fs::path& path : cases) {
    const std::string name = path.filename().string(), wrong = run_case(path);
    if (wrong.empty()) {
      ++passed;
      EXPECT_EQ(exceptions.entry_of(name), "") << name << " passes: take it off node_tests.txt";
      continue;
    }
    std::smatch match;
    if (std::regex_search(wrong, match, unsupported) && exceptions.operators.count(match[1]) != 0) {
      needed.insert(match[1]);
      ++listed;
    } else if (!exceptions.entry_of(name).empty()) {
      needed.insert(exceptions.entry_of(name));
      ++listed;
    } else {
      ADD_FAILURE() << name << ": " << wrong;
    }
  }
  for (const auto& [name, reason] : exceptions.operators) {
    EXPECT_EQ(needed.count(name), 1u) << "node_tests.txt: operator " << name << " is stale";
    EXPECT_EQ(find_operator("", name), nullptr) << "node_tests.txt: operator " << name << " is supported";
  }
  for (const auto& [name, reason] : exceptions.cases) {
    EXPECT_EQ(needed.count(name), 1u) << "node_tests.txt: case " << name << " is stale";
  }
  fmt::print("{} cases pass, {} are listed with reasons\n", passed, listed);
}

/// Every operator that the importer names is exercised by at least one case that passes, or by another test.
TEST(OnnxNodeTests, EveryOperatorHasACase) {
  const std::string root = HEDDLE_ONNX_TESTDATA;
  if (root.empty())
    GTEST_SKIP() << "ONNX's operator tests are not installed (apt-get install libonnx-testdata)";
  std::set<std::string> seen;
  for (const auto& entry : fs::directory_iterator(root + "/node")) {
    try {
      for (const Node& node : read_model((entry.path() / "model.onnx").string()).nodes) seen.insert(node.op);
    } catch (const std::runtime_error&) {  // of an operator that is not supported
    }
  }
  const std::set<std::string> newer = {"Mish"};  // than these tests, which end at opset 17
  for (const Operator& known : operators()) {
    if (!known.domain.empty() || newer.count(known.name) != 0) continue;
    EXPECT_EQ(seen.count(known.name), 1u) << known.name;
  }
}

}  // namespace
}  // namespace heddle::test
