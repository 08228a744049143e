// heddle run and heddle compile on .onnx files, by way of the program.
#include "tests/cli/program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "compiler/graph/onnx/npy.hpp"
#include "tests/onnx/compare.hpp"
#include "tests/onnx/model_builder.hpp"
#include "tests/onnx/test_graphs.hpp"

namespace heddle::test {
namespace {

using cli_test::Folder;
using cli_test::heddle;
using cli_test::Outcome;
using graph::onnx::read_npy;
using graph::onnx::Shape;
using graph::onnx::Tensor;

std::vector<std::string> arguments(const TestGraph& test, const Folder& folder,
                                   const std::vector<std::string>& more) {
  const std::string base = fmt::format("{}/{}/", graphs_directory(), test.graph);
  std::vector<std::string> out = {"run",    base + "model.onnx",  "--output", folder.path().string(),
                                  "--json", folder.file("r.json")};
  for (const graph::onnx::ValueId id : test.model.inputs) {
    const std::string& name = test.model.value(id).name;
    out.insert(out.end(), {"--input", fmt::format("{}={}{}.{}.npy", name, base, test.set, name)});
  }
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

/// The first output of a graph on a target; its cosine to ONNX Runtime's must be 0.999 or more.
Tensor output_on(const std::string& graph, const std::vector<std::string>& target) {
  const Folder folder;
  const TestGraph test = load_test_graph(graph, "input");
  const Outcome outcome = heddle(arguments(test, folder, target));
  EXPECT_EQ(outcome.status, 0) << graph << ": " << outcome.err;
  if (outcome.status != 0) return {};
  const Tensor out = read_npy(folder.file(test.model.value(test.model.outputs[0]).name + ".npy"));
  EXPECT_EQ(out.type_text(), test.expected[0].type_text()) << graph;
  EXPECT_GE(cosine(out, test.expected[0]), 0.999) << graph;
  EXPECT_EQ(cli_test::read_json(folder.file("r.json")).value("host_share", 0.0), 0.0) << graph;
  return out;
}

#ifdef HEDDLE_TEST_RTL
TEST(OnnxRtl, EqualsHlsByteForByte) {
  for (const char* graph : {"bert", "gpt2", "vit", "llama"}) {
    const Tensor hls = output_on(graph, {"--target", "hls", "--config", "edge"});
    const Tensor rtl = output_on(graph, {"--target", "rtl", "--config", "edge"});
    EXPECT_FALSE(hls.bytes().empty());
    EXPECT_EQ(hls.bytes(), rtl.bytes()) << graph;
  }
}

/// With scales from the folder that the graph's own inputs stand in, under their names.
TEST(OnnxRtl, CalibratedEqualsHlsByteForByte) {
  for (const char* graph : {"bert", "gpt2", "vit", "llama"}) {
    const Folder folder;
    const TestGraph test = load_test_graph(graph, "input");
    for (std::size_t i = 0; i < test.inputs.size(); ++i) {
      const std::string name = test.model.value(test.model.inputs[i]).name + ".npy";
      cli_test::write(folder.file(name), graph::onnx::npy_bytes(test.inputs[i]));
    }
    const std::string samples = folder.path().string();
    const Tensor hls = output_on(graph, {"--target", "hls", "--config", "edge", "--calibrate", samples});
    const Tensor rtl = output_on(graph, {"--target", "rtl", "--config", "edge", "--calibrate", samples});
    EXPECT_FALSE(hls.bytes().empty());
    EXPECT_EQ(hls.bytes(), rtl.bytes()) << graph;
  }
}
#else
TEST(OnnxProgram, EveryConfigurationGivesTheSameBytes) {
  for (const char* graph : {"bert", "gpt2", "vit", "llama"}) {
    const Tensor tiny = output_on(graph, {"--target", "hls", "--config", "tiny"});
    const Tensor core = output_on(graph, {"--target", "hls", "--config", "core"});
    EXPECT_FALSE(tiny.bytes().empty());
    EXPECT_EQ(tiny.bytes(), core.bytes()) << graph;
  }
}

TEST(OnnxProgram, TheReferenceIsOnnxRuntime) {
  const Folder folder;
  const TestGraph test = load_test_graph("gpt2", "batch");
  const Outcome outcome = heddle(arguments(test, folder, {"--target", "reference"}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_LT(relative_error(read_npy(folder.file("logits.npy")), test.expected[0]), 1e-4);
  EXPECT_NE(outcome.out.find("float32[3, 17, 101]"), std::string::npos) << outcome.out;
}

TEST(OnnxProgram, HostFallbackIsReported) {
  const Folder folder;
  ModelBuilder builder;
  builder.input("x", {"rows", "16"}).output("y");
  builder.constant("w", {16, 16}, std::vector<float>(256, 0.125f));
  builder.node("MatMul", {"x", "w"}, {"a"});
  builder.node("Elu", {"a"}, {"b"});
  builder.node("MatMul", {"b", "w"}, {"y"}).set_name("second");
  cli_test::write(folder.file("m.onnx"), builder.bytes());
  std::vector<float> x(32);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.1f * static_cast<float>(i % 7) - 0.2f;
  cli_test::write(folder.file("x.npy"), graph::onnx::npy_bytes(Tensor::of_floats({2, 16}, x)));
  std::vector<std::string> run = {"run",      folder.file("m.onnx"),  "--input", "x=" + folder.file("x.npy"),
                                  "--output", folder.path().string(), "--target"};
  const auto on = [&](const std::string& target, const std::vector<std::string>& more) {
    std::vector<std::string> all = run;
    all.push_back(target);
    all.insert(all.end(), more.begin(), more.end());
    return heddle(all);
  };
  const Outcome refused = on("hls", {"--config", "tiny"});
  EXPECT_EQ(refused.status, 1);
  for (const char* part : {"m.onnx", "the_Elu", "Elu", "lacks", "--host-fallback"}) {
    EXPECT_NE(refused.err.find(part), std::string::npos) << refused.err;
  }
  ASSERT_EQ(on("reference", {}).status, 0);
  const Tensor expected = read_npy(folder.file("y.npy"));
  const Outcome helped = on("hls", {"--config", "tiny", "--host-fallback", "--json", folder.file("r.json")});
  ASSERT_EQ(helped.status, 0) << helped.err;
  EXPECT_NE(helped.out.find("on the host: the_Elu (Elu)"), std::string::npos) << helped.out;
  EXPECT_GE(cosine(read_npy(folder.file("y.npy")), expected), 0.999);
  const nlohmann::json json = cli_test::read_json(folder.file("r.json"));
  EXPECT_EQ(json.at("device_parts"), 2);
  EXPECT_DOUBLE_EQ(json.at("host_share").get<double>(), 32.0 / (32.0 + 2 * 2 * 32 * 16));
  EXPECT_EQ(json.at("host_nodes").at(0).at("operator"), "Elu");
}

TEST(OnnxProgram, CalibratesFromAFolder) {
  const Folder folder;
  const TestGraph test = load_test_graph("bert", "input");
  const std::string samples = folder.file("samples"), first = samples + "/0", second = samples + "/1";
  for (const std::string& sample : {first, second}) {
    std::filesystem::create_directories(sample);
    for (std::size_t i = 0; i < test.inputs.size(); ++i) {
      const std::string& name = test.model.value(test.model.inputs[i]).name;
      cli_test::write(sample + "/" + name + ".npy", graph::onnx::npy_bytes(test.inputs[i]));
    }
  }
  const auto run = [&] {
    return heddle(arguments(test, folder, {"--target", "hls", "--config", "tiny", "--calibrate", samples}));
  };
  const Outcome outcome = run();
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_GE(cosine(read_npy(folder.file("hidden.npy")), test.expected[0]), 0.9999);
  const nlohmann::json json = cli_test::read_json(folder.file("r.json"));
  EXPECT_GE(json.at("outputs").at(0).at("cosine").get<double>(), 0.9999);
  // Each layer has inputs of its projections, of its output, and of both products of its network.
  ASSERT_EQ(json.at("calibration").size(), 8u);
  for (const auto& range : json.at("calibration")) {
    EXPECT_LT(range.at("least").get<double>(), range.at("greatest").get<double>());
    EXPECT_GT(range.at("scale").get<double>(), 0.0);
  }
  const auto refused = [&](const std::vector<std::string>& parts) {
    const Outcome wrong = run();
    EXPECT_EQ(wrong.status, 1);
    for (const std::string& part : parts) EXPECT_NE(wrong.err.find(part), std::string::npos) << wrong.err;
  };
  const std::string file = second + "/attention_mask.npy";
  cli_test::write(file, graph::onnx::npy_bytes(Tensor::of_floats({1, 19}, std::vector<float>(19, 1.0f))));
  refused({file, "float32[1, 19]", "int64[1, 19]"});
  cli_test::write(file, graph::onnx::npy_bytes(test.inputs[0].reshaped({19, 1})));
  refused({file, "int64[19, 1]", "int64[1, 19]"});
  std::filesystem::remove(file);
  refused({second, "has no attention_mask.npy"});
  std::filesystem::remove_all(samples);
  refused({"samples is no folder"});
  std::filesystem::create_directories(samples);
  refused({"has neither .npy files named as the inputs nor folders"});
}

TEST(OnnxProgram, CompileDumpsEveryLevel) {
  const Folder folder;
  const std::string model = graphs_directory() + "/bert/model.onnx";
  const auto compile = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = {
        "compile", model,        "--config", "tiny",   "-o", folder.file("m.heddle"),
        "--bind",  "sequence=9", "--bind",   "batch=1"};
    all.insert(all.end(), more.begin(), more.end());
    return heddle(all);
  };
  for (const auto& [level, text] : {std::pair{"graph", "full_attention("}, std::pair{"tiles", "matrix"},
                                    std::pair{"program", "matrix"}}) {
    const Outcome outcome = compile({"--dump", level});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.out.find(text), std::string::npos) << level;
  }
  EXPECT_EQ(heddle({"disassemble", folder.file("m.heddle")}).status, 0);
  const Outcome unbound = heddle({"compile", model, "-o", folder.file("n.heddle")});
  EXPECT_EQ(unbound.status, 1);
  EXPECT_NE(unbound.err.find("--bind batch=N"), std::string::npos) << unbound.err;
}

TEST(OnnxProgram, WrongCallsAreExplained) {
  const Folder folder;
  const std::string model = graphs_directory() + "/gpt2/model.onnx",
                    input = graphs_directory() + "/gpt2/input.input_ids.npy";
  const auto refused = [&](const std::vector<std::string>& more, const std::string& part) {
    std::vector<std::string> all = {"run", model, "--target", "reference"};
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = heddle(all);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
  };
  refused({}, "input \"input_ids\", int64[batch, sequence], is not given");
  refused({"--input", "ids=" + input}, "the inputs are: input_ids");
  refused({"--input", "input_ids"}, "is not NAME=VALUE");
  refused({"--input", "input_ids=" + folder.file("none.npy")}, "none.npy: no such file");
  refused({"--input", "input_ids=" + input, "--bind", "sequence=9"}, "sequence = 9");
  refused({"--input", "input_ids=" + input, "--bind", "sequence=x"}, "not a number");
  refused({"--input", "input_ids=" + input, "--prompt", "x"}, "for language models");
  const Outcome other = heddle({"run", cli_test::model(), "--input", "x=y", "--prompt", "x"});
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.err.find("for .onnx files"), std::string::npos) << other.err;
  const Outcome compiled =
      heddle({"compile", cli_test::model(), "-o", folder.file("image"), "--bind", "sequence=9"});
  EXPECT_EQ(compiled.status, 1);
  EXPECT_NE(compiled.err.find("for .onnx files"), std::string::npos) << compiled.err;
}
#endif

}  // namespace
}  // namespace heddle::test
