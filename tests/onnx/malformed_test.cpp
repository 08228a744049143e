// Files that are damaged, contradictory or hostile: a clear error that names the place, never a crash.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "tests/graph/expect_error.hpp"
#include "tests/onnx/fuzz/import_bytes.hpp"
#include "tests/onnx/model_builder.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::test {
namespace {

namespace fs = std::filesystem;
using namespace graph::onnx;

/// y = MatMul(x [rows, 2], w [2, 2]) + b
ModelBuilder sound() {
  ModelBuilder builder;
  builder.input("x", {"rows", "2"}).output("y");
  builder.constant("w", {2, 2}, {1, 2, 3, 4});
  builder.constant("b", {2}, {5, 6});
  builder.node("MatMul", {"x", "w"}, {"product"});
  builder.node("Add", {"product", "b"}, {"y"});
  return builder;
}

void refuses(const ModelBuilder& builder, const std::vector<std::string>& parts) {
  const std::string message = import_bytes(builder.bytes());
  for (const std::string& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos)
        << "message \"" << message << "\" lacks \"" << part << "\"";
  }
  EXPECT_FALSE(message.empty());
}

TEST(OnnxMalformed, TheSoundModelIsTaken) { EXPECT_EQ(import_bytes(sound().bytes()), ""); }

TEST(OnnxMalformed, Files) {
  const TemporaryDirectory directory;
  expect_error([&] { read_model(directory.file("absent.onnx")); }, {"absent.onnx", "no such file"});
  expect_error([&] { read_model(directory.path()); }, {"no such file"});
  write_file(directory.file("empty.onnx"), "");
  expect_error([&] { read_model(directory.file("empty.onnx")); }, {"empty.onnx", "damaged or cut off"});
  write_file(directory.file("text.onnx"), "this is no protobuf at all");
  expect_error([&] { read_model(directory.file("text.onnx")); }, {"text.onnx", "not an ONNX model"});
}

TEST(OnnxMalformed, EveryPrefixAndManyMutationsAreSurvived) {
  const std::string whole = sound().bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) import_bytes(whole.substr(0, length));
  std::mt19937 random(20240501);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = whole;
    for (std::uint32_t change = 0; change <= random() % 4; ++change) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (!import_bytes(bytes).empty()) ++refused;
  }
  EXPECT_GT(refused, 1000);
}

TEST(OnnxMalformed, Versions) {
  ModelBuilder newer(19);
  newer.input("x", {"1"}).output("y");
  newer.node("Relu", {"x"}, {"y"});
  refuses(newer, {"opset 19", "1 to 18"});
  ModelBuilder none = sound();
  none.model.clear_opset_import();
  refuses(none, {"no version of the operator set"});
  ModelBuilder early(6);
  early.input("x", {"1"}).output("y");
  early.node("Add", {"x", "x"}, {"y"});
  refuses(early, {"the_Add", "from opset 7 on", "opset 6"});
}

TEST(OnnxMalformed, Structure) {
  ModelBuilder cycle;
  cycle.input("x", {"2"}).output("b");
  cycle.node("Add", {"x", "b"}, {"a"});
  cycle.node("Relu", {"a"}, {"b"});
  refuses(cycle, {"the_Add", "cycle"});
  ModelBuilder dangling = sound();
  dangling.node("Relu", {"nowhere"}, {"z"});
  refuses(dangling, {"the_Relu", "\"nowhere\"", "nothing defines"});
  ModelBuilder twice = sound();
  twice.node("Relu", {"x"}, {"y"});
  refuses(twice, {"the_Relu", "\"y\" is already defined"});
  refuses(sound().output("elsewhere"), {"graph output \"elsewhere\"", "nothing defines"});
  ModelBuilder no_output = sound();
  no_output.model.mutable_graph()->clear_output();
  refuses(no_output, {"no outputs"});
  ModelBuilder no_nodes;
  no_nodes.input("x", {"1"}).output("x");
  refuses(no_nodes, {"no nodes"});
  ModelBuilder no_graph;
  no_graph.model.clear_graph();
  refuses(no_graph, {"has no graph"});
  ModelBuilder unnamed = sound();
  unnamed.constant("", {1}, {1});
  refuses(unnamed, {"has no name"});
}

TEST(OnnxMalformed, NodesInAnyOrderAreSorted) {
  ModelBuilder builder;
  builder.input("x", {"2"}).output("y");
  builder.node("Relu", {"a"}, {"y"});
  builder.node("Neg", {"x"}, {"a"});
  EXPECT_EQ(import_bytes(builder.bytes()), "");
}

TEST(OnnxMalformed, Operators) {
  ModelBuilder unknown = sound();
  unknown.node("Frobnicate", {"x"}, {"z"});
  refuses(unknown, {"the_Frobnicate", "operator Frobnicate is not supported"});
  ModelBuilder foreign = sound();
  foreign.node("Gelu", {"x"}, {"z"}).set_domain("com.example");
  refuses(foreign, {"the_Gelu", "com.example", "not supported"});
  ModelBuilder own = sound();
  own.node("Linear", {"x", "w"}, {"z"}).set_domain("heddle");
  refuses(own, {"the_Linear", "not supported"});
  ModelBuilder many = sound();
  many.node("Relu", {"x", "x"}, {"z"});
  refuses(many, {"the_Relu", "has 2 inputs, takes 1 to 1"});
  ModelBuilder outputs = sound();
  outputs.node("Relu", {"x"}, {"z", "zz"});
  refuses(outputs, {"the_Relu", "has 2 outputs"});
  ModelBuilder missing = sound();
  missing.node("Concat", {"x", "x"}, {"z"});
  refuses(missing, {"the_Concat", "attribute \"axis\" is missing"});
  ModelBuilder left_out = sound();
  left_out.node("Add", {"x", ""}, {"z"});
  refuses(left_out, {"the_Add", "input 1 is missing"});
  ModelBuilder wrong = sound();
  auto* attribute = wrong.node("Softmax", {"x"}, {"z"}).add_attribute();
  attribute->set_name("axis");
  attribute->set_type(::onnx::AttributeProto::FLOAT);
  refuses(wrong, {"the_Softmax", "attribute \"axis\" is not an integer"});
  ModelBuilder subgraph = sound();
  attribute = subgraph.node("Softmax", {"x"}, {"z"}).add_attribute();
  attribute->set_name("body");
  attribute->set_type(::onnx::AttributeProto::GRAPH);
  refuses(subgraph, {"the_Softmax", "\"body\"", "not supported"});
}

TEST(OnnxMalformed, TypesAndShapes) {
  ModelBuilder types;
  types.input("x", {"2", "2"}).input("i", {"2", "2"}, ::onnx::TensorProto::INT32).output("y");
  types.node("MatMul", {"x", "i"}, {"y"});
  refuses(types, {"the_MatMul", "float32[2, 2]", "int32[2, 2]"});
  ModelBuilder text;
  text.input("x", {"2"}, ::onnx::TensorProto::STRING).output("y");
  text.node("Identity", {"x"}, {"y"});
  refuses(text, {"\"x\"", "text"});
  ModelBuilder unknown_type;
  unknown_type.input("x", {"2"}, 99).output("y");
  unknown_type.node("Identity", {"x"}, {"y"});
  refuses(unknown_type, {"\"x\"", "99 is no element type"});
  ModelBuilder negative;
  negative.input("x", {"-5"}).output("y");
  negative.node("Identity", {"x"}, {"y"});
  refuses(negative, {"\"x\"", "extent -5"});
  ModelBuilder absurd;
  absurd.input("x", {"1099511627776", "1099511627776"}).output("y");
  absurd.node("Identity", {"x"}, {"y"});
  refuses(absurd, {"\"x\"", "more than 2^40 elements"});
  ModelBuilder shapeless = sound();
  shapeless.model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->clear_shape();
  refuses(shapeless, {"\"x\"", "no shape"});
  ModelBuilder broadcast = sound();
  broadcast.constant("three", {3}, {1, 2, 3});
  broadcast.node("Add", {"x", "three"}, {"z"});
  refuses(broadcast, {"the_Add", "[3, 2]", "[3]", "do not broadcast"});
  ModelBuilder axis = sound();
  set_attribute(axis.node("Softmax", {"x"}, {"z"}), "axis", 7);
  refuses(axis, {"the_Softmax", "axis 7 of a tensor of 2 dimensions"});
  ModelBuilder huge = sound();
  huge.integers("shape", {1 << 30, 1 << 30});
  huge.node("ConstantOfShape", {"shape"}, {"z"});
  refuses(huge, {"the_ConstantOfShape", "more than 2^40 elements"});
  ModelBuilder dynamic;
  dynamic.input("x", {"4"}).input("s", {"2"}, ::onnx::TensorProto::INT64).output("y");
  dynamic.node("Reshape", {"x", "s"}, {"y"});
  refuses(dynamic, {"the_Reshape", "input 1", "not constant"});
}

TEST(OnnxMalformed, Constants) {
  ModelBuilder few = sound();
  few.constant("c", {3}, {1, 2});
  refuses(few, {"initialiser \"c\"", "has 2 elements, 3"});
  ModelBuilder raw = sound();
  auto& cut = raw.constant("c", {3}, {});
  cut.set_raw_data("12345");
  refuses(raw, {"initialiser \"c\"", "needs 12 bytes", "has 5"});
  ModelBuilder negative = sound();
  negative.constant("c", {-1}, {});
  refuses(negative, {"initialiser \"c\"", "negative extent"});
  ModelBuilder absurd = sound();
  absurd.constant("c", {std::int64_t{1} << 62, 4}, {});
  refuses(absurd, {"initialiser \"c\"", "more than 2^40 elements"});
}

TEST(OnnxMalformed, SymbolsMustBeKnownAndFit) {
  const Model model = parse_model(sound().bytes(), "m.onnx", "");
  expect_error([&] { bind_symbols(model, {}); }, {"m.onnx", "\"x\"", "rows", "--bind rows=N"});
  expect_error([&] { bind_symbols(model, {{"rows", 2}, {"columns", 3}}); }, {"columns"});
  expect_error([&] { bind_symbols(model, {{"rows", -2}}); }, {"rows = -2"});
  expect_error([&] { bind_symbols(model, {{"rows", std::int64_t{1} << 61}}); }, {"2^40"});
  Symbols symbols;
  match_symbols(model, model.input("x"), {5, 2}, &symbols);
  EXPECT_EQ(symbols.at("rows"), 5);
  expect_error([&] { match_symbols(model, model.input("x"), {6, 2}, &symbols); }, {"rows = 5", "6"});
  expect_error([&] { match_symbols(model, model.input("x"), {5, 3}, &symbols); }, {"dimension 1 is 2"});
  expect_error([&] { match_symbols(model, model.input("x"), {5}, &symbols); }, {"2 dimensions"});
  expect_error([&] { model.input("z"); }, {"\"z\"", "the inputs are: x"});
}

class ExternalData : public testing::Test {
 protected:
  /// A model in DIRECTORY/model whose w lies at `location`.
  std::string model_at(const std::string& location, const std::string& offset = "",
                       const std::string& length = "") {
    ModelBuilder builder = sound();
    auto& tensor = *builder.model.mutable_graph()->mutable_initializer(0);
    tensor.clear_float_data();
    tensor.set_data_location(::onnx::TensorProto::EXTERNAL);
    const auto entry = [&](const std::string& key, const std::string& value) {
      auto* added = tensor.add_external_data();
      added->set_key(key);
      added->set_value(value);
    };
    if (!location.empty()) entry("location", location);
    if (!offset.empty()) entry("offset", offset);
    if (!length.empty()) entry("length", length);
    fs::create_directories(directory_.file("model"));
    write_file(directory_.file("model/m.onnx"), builder.bytes());
    return directory_.file("model/m.onnx");
  }
  void refused(const std::string& path, const std::vector<std::string>& parts) {
    std::vector<std::string> all = parts;
    all.insert(all.end(), {"m.onnx", "initialiser \"w\""});
    expect_error([&] { read_model(path); }, all);
  }
  TemporaryDirectory directory_;
};

TEST_F(ExternalData, InsideTheFolderIsRead) {
  const std::string path = model_at("weights/w.bin", "4", "16");
  fs::create_directories(directory_.file("model/weights"));
  const float values[] = {0, 10, 20, 30, 40};
  write_file(directory_.file("model/weights/w.bin"), {reinterpret_cast<const char*>(values), sizeof(values)});
  const Model model = read_model(path);
  EXPECT_EQ(model.values[0].constant->floats(), (std::vector<float>{10, 20, 30, 40}));
}

TEST_F(ExternalData, OutsideTheFolderIsRefused) {
  write_file(directory_.file("secret.bin"), std::string(16, 'x'));
  refused(model_at("../secret.bin"), {"outside the model's folder"});
  refused(model_at("sub/../../secret.bin"), {"external data"});
  refused(model_at(directory_.file("secret.bin")), {"must be relative"});
  fs::create_symlink(directory_.file("secret.bin"), directory_.file("model/link.bin"));
  refused(model_at("link.bin"), {"outside the model's folder"});
  fs::create_directory_symlink(directory_.path(), directory_.file("model/up"));
  refused(model_at("up/secret.bin"), {"outside the model's folder"});
  refused(model_at(std::string("a\0b", 3)), {"no location"});
  refused(model_at(""), {"no location"});
  refused(model_at("."), {"not a file"});
}

TEST_F(ExternalData, MustFit) {
  write_file(directory_.file("w.bin"), "");
  const std::string path = model_at("w.bin");
  refused(path, {"w.bin", "No such file"});
  write_file(directory_.file("model/w.bin"), std::string(15, 'x'));
  refused(path, {"16 bytes at 0", "15 bytes"});
  refused(model_at("w.bin", "18446744073709551615"), {"beyond"});
  refused(model_at("w.bin", "-1"), {"offset", "\"-1\""});
  refused(model_at("w.bin", "0", "12"), {"length 12", "16 bytes"});
  expect_error([&] { parse_model(read_file(path), "m.onnx", ""); }, {"not available"});
}

}  // namespace
}  // namespace heddle::test
