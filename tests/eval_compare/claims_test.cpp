// Claims: all of them, with arithmetic; the committed page is fresh.
#include "eval/claims/claims.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <sstream>

#include "eval/chips/chips.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

const std::vector<Claim>& claims() {
  static const Prices prices = load_prices();
  static const std::vector<Claim> all = all_claims({prices, kernel_parameters()});
  return all;
}

TEST(Claims, EachHasAVerdictAReasonAndArithmetic) {
  std::set<std::string> ids;
  for (const Claim& c : claims()) {
    EXPECT_TRUE(ids.insert(c.id).second) << c.id;
    EXPECT_FALSE(c.claim.empty()) << c.id;
    EXPECT_FALSE(c.because.empty()) << c.id;
    EXPECT_FALSE(c.arithmetic.empty()) << c.id;
  }
  EXPECT_EQ(ids.size(), 28u);
}

TEST(Claims, ThePageInDocsIsFresh) {
  EXPECT_EQ(test::read_file(std::string(HEDDLE_SOURCE_DIR) + "/docs/claims.md"), claims_page(claims()))
      << "renew it: heddle report -o report.html --claims docs/claims.md";
}

/// Words of three and more letters or digits, in lower case.
std::set<std::string> words(const std::string& text) {
  std::set<std::string> out;
  std::string word;
  for (const char c : text + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      continue;
    }
    if (word.size() >= 3) out.insert(word);
    word.clear();
  }
  return out;
}

// Each row's words, but for a fifth of them, stand in one claim.
TEST(Claims, ThoseOfTheSeedAreAllThere) {
  const std::string path = test::shared_path("facts/seed-figures.md");
  if (path.empty()) GTEST_SKIP() << "facts/seed-figures.md is neither in $HEDDLE_SHARED nor in ../shared";
  std::size_t rows = 0;
  std::set<std::string> found;
  std::istringstream file(test::read_file(path));
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("| ", 0) != 0 || line.rfind("| claim |", 0) == 0) continue;
    ++rows;
    const std::string row = line.substr(2, line.find(" |", 2) - 2);
    const std::set<std::string> wanted = words(row);
    for (const Claim& c : claims()) {
      std::size_t common = 0;
      for (const std::string& word : words(c.claim)) common += wanted.count(word);
      if (5 * common < 4 * wanted.size()) continue;
      found.insert(c.id);
      break;
    }
    EXPECT_EQ(found.size(), rows) << "no claim for: " << row;
  }
  EXPECT_EQ(rows, claims().size());
}

// Systems, makers and fleets of the discussion: each among the chips of the report or in a claim.
TEST(Claims, EverySystemIsInTheReport) {
  std::string text;
  for (const Claim& c : claims()) {
    text += c.claim + "\n" + c.because + "\n";
    for (const std::string& line : c.arithmetic) text += line + "\n";
  }
  for (const Chip& chip : all_chips()) text += chip.vendor + " " + chip.name + "\n";
  for (const char* system : {"DeepSeek R1",
                             "DeepSeek-V3",
                             "QwQ-32B",
                             "Llama-3.1-405B",
                             "GPT-3",
                             "A100",
                             "A800",
                             "H100",
                             "H800",
                             "V100",
                             "RTX 4090",
                             "M4 Max",
                             "DGX Cloud",
                             "Kunlun 2",
                             "TPU v4",
                             "Dojo D1",
                             "ExaPOD",
                             "Maia 100",
                             "Athena",
                             "Enflame",
                             "Suiyuan",
                             "Biren",
                             "Iluvatar",
                             "Tianshu",
                             "Cambricon",
                             "Siyuan 590",
                             "Baidu",
                             "exo",
                             "phones",
                             "all-in-one",
                             "national supercomputing platform",
                             "MLA",
                             "Google",
                             "Microsoft",
                             "Alibaba",
                             "Tencent",
                             "Bitcoin",
                             "1,280 cards",
                             "320,000 queries"})
    EXPECT_NE(text.find(system), std::string::npos) << system;
}

TEST(Claims, VerdictsThatAreArithmetic) {
  for (const Claim& c : claims()) {
    if (c.id == "r1-parameters" || c.id == "six-thousand-a100") {
      EXPECT_EQ(c.verdict, ClaimVerdict::kFails) << c.id;
    }
    if (c.id == "electricity" || c.id == "training-hours" || c.id == "exaflops") {
      EXPECT_EQ(c.verdict, ClaimVerdict::kHolds) << c.id;
    }
  }
}

}  // namespace
}  // namespace heddle::eval
