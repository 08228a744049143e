// What may be issued ahead of what, on programs in text.
#include "compiler/tiles/issue_ahead.hpp"

#include <gtest/gtest.h>

#include <string>

#include "compiler/tiles/text.hpp"
#include "compiler/tiles/verify.hpp"

namespace heddle::tiles {
namespace {

/// The program with its instructions issued ahead, proved legal; a letter for each operation: load, store,
/// matrix, vector by their first, scalar ones by that of what they are ("add": a), blocks in brackets.
class IssueAhead : public testing::Test {
 protected:
  std::string letters(const std::string& body) {
    Module module = parse(
        "tiles 1\n"
        "config rows=16 columns=16 lanes=16 bus_bytes=16 axi_ports=1 weight_rows=2 "
        "a_bytes=65536 w_bytes=131072 c_bytes=8192 v_bytes=262144 s_bytes=8192 acc_bytes=32768 "
        "icache_bytes=8192 "
        "address_bits=40 queue_depth=2\n"
        "operation @0 \"\"\n"
        "program p {\n"
        "  register %n s1 1 4\n"
        "  register %same s1 1 4\n"
        "  register %base s20 0 0\n"
        "  register %count s21 0 0\n" +
            body + "}\n",
        "text");
    issue_ahead(&module.programs[0]);
    verify(module);
    return letters_of(module.programs[0].body);
  }

 private:
  static std::string letters_of(const std::vector<Operation>& operations) {
    std::string out;
    for (const Operation& op : operations) {
      if (op.kind == Kind::kTile) out += "lsmv"[isa::unit_of(op.opcode)];
      if (op.kind == Kind::kScalar)
        out += op.opcode == isa::kOpLoadWord ? 'w' : op.opcode == isa::kOpFence ? 'f' : 'a';
      for (const std::vector<Operation>* block : {&op.body, &op.otherwise}) {
        if (!block->empty()) out.append("(").append(letters_of(*block)).append(")");
      }
    }
    return out;
  }
};

const std::string kVector = "  vector @0:\n", kMatrix = "  matrix @0:\n", kLoad = "  load @0:\n";
const std::string kProduces = "  vector @0 signal operand:\n", kConsumes = "  matrix @0 wait operand:\n";
const std::string kSet = "  add %n, %zero, 2\n", kReads = "  matrix @0: rows=%n\n", kEnd = "  }\n";

TEST_F(IssueAhead, AProductStandsBeforeWhatItWaitsFor) {
  EXPECT_EQ(letters(kVector + kProduces + kConsumes), "mvv");
}

TEST_F(IssueAhead, OneOfAUnitPassesAnyOperation) {
  EXPECT_EQ(letters(kProduces + kConsumes + kProduces + kConsumes), "mvmv");
  EXPECT_EQ(letters(kVector + kVector + kMatrix + kMatrix), "mvvm");
  EXPECT_EQ(letters(kVector + kLoad + kMatrix), "mlv");
  EXPECT_EQ(letters(kVector + kLoad + kLoad), "lvl");
}

TEST_F(IssueAhead, RegistersComeAlong) {
  EXPECT_EQ(letters(kVector + kSet + kReads), "amv");
  EXPECT_EQ(letters(kSet + kVector + kReads), "amv");
  const std::string set_base = "  add %base, %zero, 64\n";
  EXPECT_EQ(letters(kVector + set_base + "  load @0: base=%base\n"), "alv");
  // Another value in the same place, while the first is still wanted.
  const std::string reads_too = "  vector @0: rows=%n\n",
                    same = "  add %same, %zero, 3\n  matrix @0: rows=%same\n";
  EXPECT_EQ(letters(kSet + reads_too + same), "avam");
  // A word of memory is read where the program reads it.
  EXPECT_EQ(letters(set_base + kVector + "  load_word %n, %base, 0\n" + kReads), "avwm");
}

TEST_F(IssueAhead, BlocksArePassedWholeOrNotAtAll) {
  const std::string set = "  add %count, %zero, 3\n  add %n, %zero, 1\n", loop = "  loop %count {\n";
  const std::string branch = "  if ne %count, %n {\n";
  EXPECT_EQ(letters(set + loop + kVector + kEnd + kMatrix), "maa(v)");
  EXPECT_EQ(letters(set + loop + kVector + kMatrix + kEnd + kMatrix), "aa(mv)m");
  EXPECT_EQ(letters(set + branch + kVector + "  } else {\n" + kLoad + kEnd + kMatrix), "maa(v)(l)");
  EXPECT_EQ(letters(set + branch + "  add %n, %n, 1\n" + kEnd + kReads), "aa(a)m");
}

TEST_F(IssueAhead, NothingPassesAFence) { EXPECT_EQ(letters(kVector + "  fence\n" + kMatrix), "vfm"); }

}  // namespace
}  // namespace heddle::tiles
