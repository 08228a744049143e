// Small networks in many forms, by way of the program: nothing is left to the host, results are close to the
// float reference, and with the RTL equal to those of HLS.
#include "tests/onnx/variants.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "compiler/graph/onnx/npy.hpp"
#include "tests/cli/program.hpp"
#include "tests/onnx/compare.hpp"

namespace heddle::test {
namespace {

using graph::onnx::Tensor;

Tensor output_on(const Variant& variant, const cli_test::Folder& folder,
                 const std::vector<std::string>& target) {
  cli_test::write(folder.file("m.onnx"), variant.bytes);
  std::vector<std::string> run = {"run",      folder.file("m.onnx"),  "--json",  folder.file("r.json"),
                                  "--output", folder.path().string(), "--target"};
  run.insert(run.end(), target.begin(), target.end());
  for (const auto& [name, tensor] : variant.inputs) {
    cli_test::write(folder.file(name + ".npy"), graph::onnx::npy_bytes(tensor));
    run.insert(run.end(), {"--input", fmt::format("{}={}", name, folder.file(name + ".npy"))});
  }
  const cli_test::Outcome outcome = cli_test::heddle(run);
  EXPECT_EQ(outcome.status, 0) << variant.name << ": " << outcome.err;
  return outcome.status == 0 ? graph::onnx::read_npy(folder.file("y.npy")) : Tensor();
}

TEST(OnnxVariants, RunOnTheAccelerator) {
  for (const Variant& variant : variants()) {
    const cli_test::Folder folder;
    const Tensor exact = output_on(variant, folder, {"reference"});
#ifdef HEDDLE_TEST_RTL
    const Tensor hls = output_on(variant, folder, {"hls", "--config", "edge"});
    const Tensor rtl = output_on(variant, folder, {"rtl", "--config", "edge"});
    EXPECT_EQ(hls.bytes(), rtl.bytes()) << variant.name;
#else
    const Tensor hls = output_on(variant, folder, {"hls", "--config", "tiny"});
    ASSERT_EQ(hls.type_text(), exact.type_text()) << variant.name;
    EXPECT_GE(cosine(hls, exact), 0.999) << variant.name;
    EXPECT_EQ(cli_test::read_json(folder.file("r.json")).at("host_share").get<double>(), 0.0) << variant.name;
    EXPECT_EQ(hls.bytes(), output_on(variant, folder, {"hls", "--config", "core"}).bytes()) << variant.name;
#endif
  }
}

}  // namespace
}  // namespace heddle::test
