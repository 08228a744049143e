// The text forms read back as what was printed.
#include "compiler/tiles/text.hpp"

#include <gtest/gtest.h>

#include "compiler/emit/compile.hpp"
#include "compiler/emit/disassemble.hpp"
#include "compiler/graph/model.hpp"
#include "isa/program.hpp"
#include "tests/support/temporary.hpp"
#include "tests/support/tiny_models.hpp"
#include "tests/tiles/device.hpp"

namespace heddle::test {
namespace {

class Text : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    TinyModel shape;
    shape.architecture = "Qwen2ForCausalLM";
    shape.intermediate = 400;
    write_tiny_model(folder_.path(), shape);
    model_ = graph::import_huggingface(folder_.path());
    config_ = config_named(GetParam());
  }
  TemporaryDirectory folder_;
  graph::LanguageModel model_;
  isa::NamedConfig config_;
};

TEST_P(Text, TileProgramReadsBack) {
  const tiles::Module module = emit::compile_to_tiles(model_, config_.config);
  const std::string text = tiles::print(module);
  const tiles::Module back = tiles::parse(text, "text");
  EXPECT_EQ(back.programs, module.programs);
  EXPECT_EQ(back.segments, module.segments);
  EXPECT_EQ(back.operations, module.operations);
  EXPECT_EQ(isa::config_hash(back.config), isa::config_hash(module.config));
  EXPECT_EQ(tiles::print(back), text);
}

TEST_P(Text, CompilingFromTextGivesTheSameImage) {
  const isa::Image image = emit::compile(model_, config_.config);
  const std::string text = tiles::print(emit::compile_to_tiles(model_, config_.config));
  const isa::Image again = emit::compile_from_tiles(tiles::parse(text, "text"), model_);
  EXPECT_TRUE(again.constants == image.constants);
  EXPECT_EQ(again.arena_bytes, image.arena_bytes);
  EXPECT_EQ(again.operations, image.operations);
}

TEST_P(Text, DisassemblyAssemblesToTheSameCode) {
  const isa::Image image = emit::compile(model_, config_.config);
  for (const isa::ImageProgram& program : image.programs) {
    const std::span<const std::uint8_t> bytes(&image.constants[program.offset], program.bytes);
    const auto code = bytes.subspan(sizeof(isa::ProgramHeader));
    const std::string text = emit::disassemble_code(code, image.operations);
    EXPECT_EQ(text.find("data"), std::string::npos);
    const std::vector<std::uint8_t> again = emit::assemble_text(text, "text");
    EXPECT_TRUE(std::equal(code.begin(), code.end(), again.begin(), again.end())) << program.name;
  }
  EXPECT_NE(emit::disassemble(image).find("; program decode"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Configs, Text, ::testing::Values("tiny", "edge", "server"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Disassembler, KeepsWhatIsNoInstruction) {
  std::vector<std::uint8_t> code;
  for (int i = 0; i < 640; ++i) code.push_back(static_cast<std::uint8_t>(i * 37 + i / 7));
  EXPECT_EQ(emit::assemble_text(emit::disassemble_code(code), "text"), code);
}

TEST(Disassembler, NamesEveryField) {
  const std::string text =
      "     0: add rd=s3 ra=s1 immediate=-5\n"
      "     1: branch_ne ra=s3 rb=s2 target=7\n"
      "     2: signal signal=0,15\n"
      "     3: vector tag=9 wait=2 signal=3,4 mask=1 pre=sub reduce=abs_max function=exp mask_step=1 "
      "mask_limit=-3+s2 pre_add=s0 a_space=s dest=a columns=17 rows=2 outer=1 a_addr=5+s4 d_block=1 "
      "imm0=0.5\n"
      "     7: load tag=1 buffer=w base=s20 rows=2 row_bytes=64+s9 mem_offset=4294967295 local_addr=128\n"
      "    11: matrix tag=2 first=1 last=1 d_format=fp32 rows=3 k_tiles=4 n_tiles=5 outer=1\n"
      "    15: halt\n";
  EXPECT_EQ(emit::disassemble_code(emit::assemble_text(text, "text")), text);
}

TEST(TileText, IsWhatPeopleRead) {
  TemporaryDirectory folder;
  TinyModel shape;
  write_tiny_model(folder.path(), shape);
  const std::string text = tiles::print(
      emit::compile_to_tiles(graph::import_huggingface(folder.path()), config_named("edge").config));
  for (const char* part : {"tiles 1\nconfig rows=16 columns=16", "operation @7 \"layers.*.attention\"",
                           "program decode {", "  region x0 v 0 ", "  loop %layers {",
                           "    vector @2: columns=24 rows=1 outer=1 a_addr=x0 a_row=2 u_addr=product "
                           "u_row=2 pre_mul=u reduce=sum "
                           "red_addr=squares s_row=1\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

void expect_parse_error(const std::string& text, const std::string& message) {
  try {
    tiles::parse(text, "file.tiles");
    ADD_FAILURE() << "no error, expected: " << message;
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
  }
}

TEST(TileText, ErrorsNameFileAndLine) {
  const std::string head = "tiles 1\nsegment &0 layers constant 512\noperation @0 \"\"\nprogram p {\n";
  expect_parse_error("tiles 2\n", "file.tiles:1: \"tiles 1\" is expected");
  expect_parse_error("tiles 1\nconfig rows=17\n", "file.tiles:2: configuration: rows");
  expect_parse_error("tiles 1\nconfig depth=17\n", "file.tiles:2: a configuration has no \"depth\"");
  expect_parse_error(head + "  region x q 0 4\n}\n", "file.tiles:5: there is no memory \"q\"");
  expect_parse_error(head + "  dance %a\n}\n", "file.tiles:5: there is no operation \"dance\"");
  expect_parse_error(head + "  add %a, %zero, 1\n}\n", "file.tiles:5: there is no register %a");
  expect_parse_error(head + "  vector @0: speed=3\n}\n", "file.tiles:5: vector has no field \"speed\"");
  expect_parse_error(head + "  vector @0 wait nobody: rows=3\n}\n", "file.tiles:5: \"nobody\" is no integer");
  expect_parse_error(head + "  vector @0: rows=x1\n}\n", "file.tiles:5: \"x1\" is no integer");
  expect_parse_error(head + "  fence\n", "file.tiles:5: the text ends too early");
}

}  // namespace
}  // namespace heddle::test
