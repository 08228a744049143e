// Bad input: exit status 1, a message that names the culprit, nothing written.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/cli/program.hpp"

namespace heddle::cli_test {
namespace {

using Arguments = std::vector<std::string>;

/// Runs with outputs into an empty folder and expects an error with this text in it.
void expect_error(const Arguments& arguments, const std::string& part,
                  const Arguments& outputs = {"--json"}) {
  const Folder folder;
  Arguments all = arguments;
  for (const std::string& option : outputs) {
    all.push_back(option);
    all.push_back(folder.file("output" + option));
  }
  const Outcome outcome = heddle(all);
  const std::string call = ::testing::PrintToString(all);
  EXPECT_EQ(outcome.status, 1) << call << outcome.err;
  EXPECT_TRUE(outcome.err.starts_with("heddle: error: ")) << call << outcome.err;
  EXPECT_NE(outcome.err.find(part), std::string::npos) << call << outcome.err;
  EXPECT_EQ(outcome.out, "") << call;
  EXPECT_EQ(folder.names(), Arguments{}) << call;
}

/// `heddle run` of two tokens on the reference, unless `more` says otherwise.
Arguments run(const std::string& directory, const Arguments& more = {}) {
  const auto given = [&](const char* option) {
    return std::find(more.begin(), more.end(), option) != more.end();
  };
  Arguments all = {"run", directory, "--tokens", "2"};
  if (!given("--target")) all.insert(all.end(), {"--target", "reference"});
  if (!given("--prompt") && !given("--prompt-ids")) all.insert(all.end(), {"--prompt", "It is"});
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(Errors, OptionsOfRun) {
  expect_error(run(model(), {"--config", "giant"}), "'giant'");
  expect_error(run(model(), {"--target", "abacus"}), "unknown target 'abacus'");
  expect_error(run(model(), {"--temperature", "-1"}), "temperature");
  expect_error(run(model(), {"--top-p", "1.5"}), "top-p");
  expect_error(run(model(), {"--target", "hls", "--stalls", "100"}), "stalls");
  expect_error(run(model(), {"--target", "null", "--memory-latency", "5"}), "memory latency");
  expect_error(run(model(), {"--target", "rtl", "--stalls", "1001"}), "1001");
  expect_error(run(model(), {"--stalls", "1"}), "reference target");
  expect_error(run(model(), {"--memory", "HBM2"}), "reference target");
  expect_error(run(model(), {"--target", "hls", "--memory", "HBM2"}),
               "a memory can only be had with target rtl");
  expect_error(run(model(), {"--target", "rtl", "--memory", "HBM9"}), "HBM9");
  expect_error(run(model(), {"--target", "hls"}), "--trace", {"--trace"});
  expect_error(run(model(), {"--program", "x"}), "--program");
  expect_error(run(model(), {"--dump-memory", "/dev/null"}), "--dump-memory");
  expect_error(run(model(), {"--watchdog", "5"}), "reference target");
  expect_error(run(model(), {"--target", "fast", "--watchdog", "5"}), "(watchdog: no progress");
  expect_error(run(model(), {"--target", "fast", "--cycle-limit", "1000"}), "the limit of cycles is reached");
  expect_error(run(model(), {"--program", model() + "/config.json", "--target", "hls"}),
               "not a compiled heddle model");
  expect_error(run(model(), {"--program", "/nonexistent.heddle", "--target", "hls"}), "/nonexistent.heddle");
}

TEST(Errors, ConfigurationFiles) {
  const Folder folder;
  const auto config = [&](const std::string& text) {
    write(folder.file("mine.json"), text);
    return run(model(), {"--config", folder.file("mine.json")});
  };
  expect_error(config("{"), "mine.json");
  expect_error(config(R"({"rows": 3, "columns": 8, "lanes": 8, "bus_bytes": 16})"), "'rows'");
  expect_error(config(R"({"rows": 8, "columns": 8, "lanes": 8})"), "'bus_bytes'");
  expect_error(config(R"({"rows": 8, "columns": 8, "lanes": 8, "bus_bytes": 16, "colour": 1})"), "'colour'");
  expect_error({"configs", folder.file("none.json")}, "none.json");
}

TEST(Errors, Prompts) {
  std::string many = "1";
  for (int i = 0; i < 5000; ++i) many += ",1";
  expect_error(run(model(), {"--prompt-ids", many}),
               "the prompt has 5001 tokens, more than the model's context of");
  expect_error(run(model(), {"--prompt-ids", "1,99999999"}),
               "token id 99999999 of the prompt is out of range");
  expect_error({"run", model(), "--target", "reference"}, "the prompt is empty");
  expect_error(run(model(), {"--prompt", "\xC3("}), "not valid UTF-8");
}

TEST(Errors, MissingFiles) {
  expect_error(run("/nonexistent"), "/nonexistent: does not exist");
  expect_error(run(model() + "/config.json"), "not a directory");
  for (const char* name : {"config.json", "tokenizer.json", "model.safetensors"}) {
    const Folder folder;
    const std::string copy = copy_model(folder);
    fs::remove(copy + "/" + name);
    expect_error(run(copy), name);
  }
  expect_error({"perplexity", model(), "--target", "reference", "--text", "/nonexistent.txt"},
               "/nonexistent.txt");
  expect_error({"disassemble", "/nonexistent.heddle"}, "/nonexistent.heddle");
}

TEST(Errors, Weights) {
  const Folder folder;
  const std::string copy = copy_model(folder), path = copy + "/model.safetensors";
  const std::string good = read(path);
  std::uint64_t header = 0;
  std::memcpy(&header, good.data(), sizeof header);
  const auto with_header_bytes = [&](std::uint64_t bytes) {
    std::string bad = good;
    std::memcpy(bad.data(), &bytes, sizeof bytes);
    return bad;
  };
  for (const std::string& bad :
       {good.substr(0, good.size() / 2), good.substr(0, good.size() - 1), good.substr(0, 8 + header / 2),
        good.substr(0, 4), std::string(), with_header_bytes(~0ull), with_header_bytes(good.size()),
        with_header_bytes(2), with_header_bytes(header - 1)}) {
    write(path, bad);
    expect_error(run(copy), "model.safetensors");
    expect_error({"compile", copy}, "model.safetensors", {"-o", "--json"});
  }
  // A tensor that claims another type of the same name's length, or another name.
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string bad = good;
    const std::size_t at = bad.find(from);
    EXPECT_LT(at, header);
    return bad.replace(at, from.size(), to);
  };
  write(path, replaced("model.norm.weight", "model.form.weight"));
  expect_error(run(copy), "model.norm.weight");
  const std::string dtype = good.find("\"BF16\"") < header  ? "BF16"
                            : good.find("\"F16\"") < header ? "F16"
                                                            : "F32";
  write(path, replaced("\"" + dtype + "\"", std::string("\"").append(dtype.size() - 1, 'X') + "9\""));
  expect_error(run(copy), "model.safetensors");
}

TEST(Errors, Architectures) {
  const Folder folder;
  const std::string copy = copy_model(folder), path = copy + "/config.json";
  nlohmann::json config = read_json(path);
  config["architectures"] = {"GPT9ForCausalLM"};
  write(path, config.dump());
  expect_error(run(copy), "GPT9ForCausalLM");
  write(path, "{");
  expect_error(run(copy), "config.json");
  nlohmann::json wrong = read_json(model() + "/config.json");
  wrong["intermediate_size"] = 12345;
  write(path, wrong.dump());
  expect_error(run(copy), "12345");
}

TEST(Errors, Tokenizers) {
  const Folder folder;
  const std::string copy = copy_model(folder), path = copy + "/tokenizer.json";
  nlohmann::json tokenizer = read_json(path);
  tokenizer["model"]["type"] = "WordPiece";
  write(path, tokenizer.dump());
  expect_error(run(copy), "'WordPiece'");
  write(path, "[]");
  expect_error(run(copy), "tokenizer.json");
}

TEST(Errors, Texts) {
  const Folder folder;
  const auto perplexity = [&](const std::string& text) {
    write(folder.file("text"), text);
    return Arguments{"perplexity", model(), "--target", "reference", "--text", folder.file("text")};
  };
  expect_error(perplexity("caf\xC3"), "not valid UTF-8");
  expect_error(perplexity(""), "nothing to predict");
}

TEST(Errors, OutputsThatCannotBeWritten) {
  expect_error(run(model(), {"--json", "/nonexistent/out.json"}), "/nonexistent/out.json", {});
  expect_error({"compile", model(), "-o", "/nonexistent/out.heddle"}, "/nonexistent/out.heddle");
  expect_error({"configs", "--json", "/nonexistent/c.json"}, "/nonexistent/c.json", {});
}

}  // namespace
}  // namespace heddle::cli_test
