// The page in headless Chromium: silent console, no network, charts, filter, sort, the numbers of the JSON.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

/// Steps that a reader takes; what they gave is left in an attribute of the document.
constexpr const char* kSteps = R"(<script>
window.addEventListener("error", (e) => { document.documentElement.dataset.error = e.message; });
window.addEventListener("load", () => {
  document.body.getBoundingClientRect();  // laid out
  const out = { drawn: Number(document.documentElement.dataset.drawn), milliseconds: performance.now() };
  const rows = (table) => [...document.querySelectorAll(`#table-${table} tbody tr`)];
  const search = document.getElementById("table-chips").closest("section").querySelector("input[type=search]");
  out.all = rows("chips").length;
  search.value = "nvidia h100";
  search.dispatchEvent(new Event("input"));
  out.filtered = rows("chips").filter((r) => !r.hidden).map((r) => r.cells[0].textContent);
  search.value = "";
  search.dispatchEvent(new Event("input"));
  const head = document.querySelectorAll("#table-performance thead th")[2];
  const speeds = () => rows("performance").map((r) => r.cells[2].querySelector("[data-value]")).filter(Boolean).map((n) => Number(n.dataset.value));
  head.querySelector("button").click();
  out.rising = speeds(); out.sort = head.getAttribute("aria-sort");
  head.querySelector("button").click();
  out.falling = speeds();
  out.numbers = Object.fromEntries(rows("energy").map((r) => [r.cells[0].textContent, [...r.cells].slice(1).map((c) => { const n = c.querySelector("[data-value]"); return n ? [Number(n.dataset.value), Number(n.dataset.low), Number(n.dataset.high)] : null; })]));
  rows("energy")[0].querySelector("button.value").click();
  out.evidence = document.getElementById("evidence").open ? document.getElementById("evidence-body").textContent.length : 0;
  document.getElementById("evidence").close();
  out.unlabelled = [...document.querySelectorAll("input, svg[role=img], table")].filter((n) => !n.getAttribute("aria-label")).length;
  out.buttons = [...document.querySelectorAll("figure button")].map((b) => b.textContent);
  document.documentElement.dataset.steps = JSON.stringify(out);
});
</script></body>)";

std::string shell(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[65536];
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
  pclose(pipe);
  return out;
}

std::string attribute(const std::string& dom, const std::string& name) {
  const std::string mark = name + "=\"";
  const auto at = dom.find(mark);
  if (at == std::string::npos) return {};
  std::string text = dom.substr(at + mark.size(), dom.find('"', at + mark.size()) - at - mark.size());
  for (const auto& [from, to] :
       {std::pair("&quot;", "\""), std::pair("&lt;", "<"), std::pair("&gt;", ">"), std::pair("&amp;", "&")}) {
    for (std::size_t i = 0; (i = text.find(from, i)) != std::string::npos; i += 1)
      text.replace(i, std::string(from).size(), to);
  }
  return text;
}

class Page : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(heddle({"report", "-o", folder_.file("r.html"), "--json", folder_.file("r.json")}).status, 0);
    page_ = read(folder_.file("r.html"));
  }
  /// What the steps in t.html gave; fails the test where the browser complains.
  nlohmann::json opened() {
    const std::string dom = shell(
        "chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --enable-logging=stderr "
        "--host-resolver-rules='MAP * ~NOTFOUND' --user-data-dir='" +
        folder_.file("profile") + "' --dump-dom 'file://" + folder_.file("t.html") + "' 2>'" +
        folder_.file("log") + "'");
    const std::string log = read(folder_.file("log"));
    EXPECT_EQ(log.find("CONSOLE"), std::string::npos) << log.substr(log.find("CONSOLE"), 400);
    EXPECT_EQ(attribute(dom, "data-error"), "");
    const std::string steps = attribute(dom, "data-steps");
    if (steps.empty()) ADD_FAILURE() << "the page was not drawn when it was loaded: " << log.substr(0, 2000);
    return nlohmann::json::parse(steps.empty() ? R"({"milliseconds": 0})" : steps);
  }
  Folder folder_;
  std::string page_;
};

TEST_F(Page, IsOneFileThatLoadsNothing) {
  EXPECT_LT(page_.size(), 5u << 20);
  for (const char* outside : {"src=\"", "href=\"http", "@import", "url(http"}) {
    const std::string head = page_.substr(0, page_.find("<script"));
    EXPECT_EQ(head.find(outside), std::string::npos) << outside;
  }
  EXPECT_NE(page_.find("default-src 'none'"), std::string::npos);
  // The data in the page are the JSON that --json writes.
  const std::string mark = "<script type=\"application/json\" id=\"data\">";
  const auto from = page_.find(mark) + mark.size();
  auto inside = nlohmann::json::parse(page_.substr(from, page_.find("</script>", from) - from));
  EXPECT_EQ(inside, read_json(folder_.file("r.json")));
}

TEST_F(Page, WorksInABrowser) {
  if (shell("command -v chromium").empty())
    GTEST_SKIP() << "chromium is not installed (apt-get install chromium)";
  std::string stepped = page_;
  stepped.replace(stepped.rfind("</body>"), 7, kSteps);
  write(folder_.file("t.html"), stepped);
  // A machine that has other work may be slow once.
  nlohmann::json out;
  for (int i = 0; i < 3 && (i == 0 || out.at("milliseconds") >= 2000); ++i) {
    out = opened();
    if (HasFailure()) return;
  }
  std::cout << "opened in " << out.at("milliseconds") << " ms, " << page_.size() << " bytes\n";
  EXPECT_EQ(out.at("drawn"), 6);
  // A clock on the wall says nothing where every core has four others waiting.
  double load = 0;
  if (getloadavg(&load, 1) == 1 && load > 4.0 * std::thread::hardware_concurrency()) {
    std::cout << "load " << load << ": too much other work to judge the time\n";
  } else {
    EXPECT_LT(out.at("milliseconds"), 2000);
  }
  EXPECT_EQ(out.at("filtered"), (std::vector<std::string>{"H100 PCIe", "H100 SXM5"}));
  const auto rising = out.at("rising").get<std::vector<double>>(),
             falling = out.at("falling").get<std::vector<double>>();
  EXPECT_GE(rising.size(), 8u);
  EXPECT_TRUE(std::is_sorted(rising.begin(), rising.end()));
  EXPECT_TRUE(std::is_sorted(falling.rbegin(), falling.rend()));
  EXPECT_EQ(out.at("sort"), "ascending");
  EXPECT_GT(out.at("evidence"), 200);
  EXPECT_EQ(out.at("unlabelled"), 0);
  EXPECT_EQ(out.at("buttons").size(), 12u);  // SVG and CSV of six charts

  const auto report = read_json(folder_.file("r.json"));
  EXPECT_EQ(out.at("all"), report.at("chips").size());
  for (const auto& chip : report.at("comparison").at("chips")) {
    if (chip.contains("refused")) continue;
    const auto& shown = out.at("numbers").at(chip.at("chip").get<std::string>());
    const auto& written = chip.at("batch_1").at("joules_per_token");
    const char* const boundaries[] = {"core", "board", "wall"};
    for (int b = 0; b < 3; ++b) {
      if (!written.contains(boundaries[b])) {
        EXPECT_TRUE(shown[b].is_null());
        continue;
      }
      const auto& f = written.at(boundaries[b]);
      EXPECT_EQ(shown[b], (nlohmann::json{f.at("value"), f.at("low"), f.at("high")})) << chip.at("chip");
    }
  }
}

}  // namespace
}  // namespace heddle::cli_test
