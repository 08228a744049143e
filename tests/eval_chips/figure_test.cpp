// Figures, formats and names.
#include <gtest/gtest.h>

#include "eval/common/format.hpp"
#include "eval/common/names.hpp"
#include "eval/common/source.hpp"

namespace heddle::eval {
namespace {

TEST(Figure, TextWithPrefix) {
  EXPECT_EQ(text(Figure{312e12, "FLOP/s", "s", Confidence::kVerified, ""}), "312 TFLOP/s");
  EXPECT_EQ(text(Figure{2.039e12, "B/s", "s", Confidence::kVerified, ""}), "2.039 TB/s");
  EXPECT_EQ(text(Figure{Range(1638e9, 819e9, 2300e9), "B/s", "s", Confidence::kVerified, ""}),
            "1.638 (0.819-2.3) TB/s");
  EXPECT_EQ(text(Figure{80.0 * (1ull << 30), "B", "s", Confidence::kVerified, ""}), "80 GiB");
  EXPECT_EQ(text(Figure{400, "W", "s", Confidence::kVerified, ""}), "400 W");
}

TEST(Figure, ExplainNamesTheSource) {
  EXPECT_EQ(explain(Figure{400, "W", "a data sheet", Confidence::kPartly, "with DRAM"}),
            "400 W [partly: a data sheet; with DRAM]");
}

TEST(Confidence, Names) {
  EXPECT_EQ(parse_confidence("recalled"), Confidence::kRecalled);
  EXPECT_FALSE(parse_confidence("V"));
  EXPECT_EQ(worse(Confidence::kPartly, Confidence::kVerified), Confidence::kPartly);
}

TEST(Format, NamesAndSizes) {
  for (const Format format : kFormats) EXPECT_EQ(parse_format(name(format)), format);
  EXPECT_THROW(parse_format("fp4"), std::runtime_error);
  EXPECT_EQ(bytes(Format::kInt4), 0.5);
  EXPECT_EQ(bytes(Format::kTf32), 4);
  EXPECT_DOUBLE_EQ(common_storage(Format::kInt4).bits_per_element, 4.15625);
  EXPECT_DOUBLE_EQ(common_storage(Format::kBf16).bytes_per_element(), 2);
  EXPECT_DOUBLE_EQ(grouped(Format::kInt8, 32, 16).bits_per_element, 8.5);
}

struct Entry {
  std::string name;
  std::vector<std::string> aliases;
};

TEST(Names, CaseAndPunctuationDoNotMatter) {
  const std::vector<Entry> entries = {{"H100 PCIe", {}}, {"H100 SXM5", {"H100"}}};
  EXPECT_EQ(find_by_name(entries, "h100-sxm5"), &entries[1]);
  EXPECT_EQ(find_by_name(entries, "H100"), &entries[1]);
  EXPECT_EQ(find_by_name(entries, "H_100"), nullptr);
  EXPECT_EQ(find_by_name(entries, ""), nullptr);
  EXPECT_EQ(nearest_names(entries, "pcie", 1), std::vector<std::string>{"H100 PCIe"});
  EXPECT_EQ(nearest_names(entries, "H101", 5).front(), "H100 SXM5");
}

TEST(Names, EditDistance) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("abc", "abc"), 0u);
}

TEST(Names, Paths) {
  EXPECT_TRUE(looks_like_path("chip.json"));
  EXPECT_TRUE(looks_like_path("./chip"));
  EXPECT_FALSE(looks_like_path("A100"));
}

}  // namespace
}  // namespace heddle::eval
