// Claims: all of them, with arithmetic; the committed page is fresh.
#include "eval/claims/claims.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

std::vector<Claim> claims() {
  static const Prices prices = load_prices();
  return all_claims({prices, kernel_parameters()});
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

TEST(Claims, ThoseOfTheSeedAreAllThere) {
  const std::string path = test::shared_path("facts/seed-figures.md");
  if (path.empty()) GTEST_SKIP() << "facts/seed-figures.md is neither in $HEDDLE_SHARED nor in ../shared";
  int rows = 0;
  std::istringstream file(test::read_file(path));
  for (std::string line; std::getline(file, line);) rows += line.rfind("| ", 0) == 0 ? 1 : 0;
  EXPECT_EQ(static_cast<std::size_t>(rows) - 1, claims().size());  // without the header
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
