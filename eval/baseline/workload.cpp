#include "eval/baseline/workload.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "eval/work/operations.hpp"

namespace heddle::eval {
namespace {

// Beyond this a single operand would pass a terabyte.
constexpr std::uint64_t kMaxElements = 1ull << 38;

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t comma = text.find(',', at);
    parts.push_back(text.substr(at, comma == std::string_view::npos ? comma : comma - at));
    if (comma == std::string_view::npos) return parts;
    at = comma + 1;
  }
}

double causal_pairs(double tokens) { return tokens * (tokens + 1) / 2; }

}  // namespace

std::string_view name(WorkloadClass workload_class) {
  switch (workload_class) {
    case WorkloadClass::kGemm:
      return "gemm";
    case WorkloadClass::kGemv:
      return "gemv";
    case WorkloadClass::kAttentionPrefill:
      return "attention_prefill";
    case WorkloadClass::kAttentionDecode:
      return "attention_decode";
    case WorkloadClass::kNorm:
      return "norm";
    case WorkloadClass::kCopy:
      return "copy";
    case WorkloadClass::kTriad:
      return "triad";
  }
  return "";
}

std::vector<WorkloadClass> parse_workload_classes(std::string_view text) {
  std::vector<WorkloadClass> classes;
  const auto add = [&](WorkloadClass one) {
    if (std::find(classes.begin(), classes.end(), one) == classes.end()) classes.push_back(one);
  };
  for (const std::string_view part : split(text)) {
    if (part == "attention") {
      add(WorkloadClass::kAttentionPrefill);
      add(WorkloadClass::kAttentionDecode);
      continue;
    }
    if (part == "memory") {
      add(WorkloadClass::kCopy);
      add(WorkloadClass::kTriad);
      continue;
    }
    const auto found = std::find_if(kWorkloadClasses.begin(), kWorkloadClasses.end(),
                                    [&](WorkloadClass one) { return name(one) == part; });
    if (found == kWorkloadClasses.end()) {
      throw std::runtime_error(fmt::format(
          "class '{}' is not known: use gemm, gemv, attention (attention_prefill, attention_decode), norm, "
          "memory (copy, triad)",
          part));
    }
    add(*found);
  }
  return classes;
}

const std::vector<std::string>& dimension_names(WorkloadClass workload_class) {
  static const std::vector<std::string> kProduct = {"m", "n", "k"};
  static const std::vector<std::string> kPrefill = {"batch", "tokens", "heads", "kv_heads", "head_dim"};
  static const std::vector<std::string> kDecode = {"batch", "context", "heads", "kv_heads", "head_dim"};
  static const std::vector<std::string> kRows = {"rows", "columns"};
  static const std::vector<std::string> kElements = {"elements"};
  switch (workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      return kProduct;
    case WorkloadClass::kAttentionPrefill:
      return kPrefill;
    case WorkloadClass::kAttentionDecode:
      return kDecode;
    case WorkloadClass::kNorm:
      return kRows;
    case WorkloadClass::kCopy:
    case WorkloadClass::kTriad:
      break;
  }
  return kElements;
}

std::uint64_t Workload::size(std::string_view dimension) const {
  const std::vector<std::string>& names = dimension_names(workload_class);
  const auto found = std::find(names.begin(), names.end(), dimension);
  if (found == names.end()) {
    throw std::logic_error(fmt::format("{} has no dimension {}", name(workload_class), dimension));
  }
  return shape.at(static_cast<std::size_t>(found - names.begin()));
}

std::vector<std::uint64_t> parse_shape(std::string_view text) {
  std::vector<std::uint64_t> shape;
  for (const std::string_view part : split(text)) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size()) {
      throw std::runtime_error(fmt::format("shape '{}': '{}' is not a whole number", text, part));
    }
    shape.push_back(value);
  }
  return shape;
}

Workload make_workload(WorkloadClass workload_class, Format format, const std::vector<std::uint64_t>& shape) {
  const std::vector<std::string>& names = dimension_names(workload_class);
  const auto fail = [&](const std::string& text) {
    throw std::runtime_error(
        fmt::format("{} of shape {}: {}", name(workload_class), fmt::join(shape, ","), text));
  };
  if (!has_format(workload_class, format)) fail(fmt::format("is not measured in {}", name(format)));
  if (shape.size() != names.size()) {
    fail(fmt::format("needs {} sizes: {}", names.size(), fmt::join(names, ",")));
  }
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) fail(fmt::format("{} is 0", names[i]));
    if (shape[i] > kMaxElements) fail(fmt::format("{} is larger than any device's memory", names[i]));
  }
  Workload workload{workload_class, format, shape};
  if (workload_class == WorkloadClass::kGemv && workload.size("m") > kMaxGemvRows) {
    fail(fmt::format("m is {}; a gemv has at most {} rows, more are a gemm", workload.size("m"),
                     kMaxGemvRows));
  }
  if (workload_class == WorkloadClass::kAttentionPrefill ||
      workload_class == WorkloadClass::kAttentionDecode) {
    if (workload.size("heads") % workload.size("kv_heads") != 0) fail("kv_heads does not divide heads");
    if (workload.size("head_dim") > 256) fail("head_dim is more than 256");
  }
  if (bytes(workload) > static_cast<double>(kMaxElements)) fail("is larger than any device's memory");
  return workload;
}

bool has_format(WorkloadClass workload_class, Format format) {
  switch (workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      return format == Format::kFp32 || format == Format::kFp16 || format == Format::kBf16 ||
             format == Format::kInt8;
    case WorkloadClass::kAttentionPrefill:
    case WorkloadClass::kAttentionDecode:
    case WorkloadClass::kNorm:
      return format == Format::kFp32 || format == Format::kFp16 || format == Format::kBf16;
    case WorkloadClass::kCopy:
    case WorkloadClass::kTriad:
      break;
  }
  return format == Format::kFp32;
}

double flops(const Workload& workload) {
  const auto size = [&](std::string_view dimension) { return static_cast<double>(workload.size(dimension)); };
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      return 2 * size("m") * size("n") * size("k");
    case WorkloadClass::kAttentionPrefill:
      return 4 * size("batch") * size("heads") * causal_pairs(size("tokens")) * size("head_dim");
    case WorkloadClass::kAttentionDecode:
      return 4 * size("batch") * size("heads") * size("context") * size("head_dim");
    case WorkloadClass::kNorm:
      return 4 * size("rows") * size("columns");
    case WorkloadClass::kCopy:
      return 0;
    case WorkloadClass::kTriad:
      break;
  }
  return 2 * size("elements");
}

double bytes(const Workload& workload) {
  const auto size = [&](std::string_view dimension) { return static_cast<double>(workload.size(dimension)); };
  const double element = bytes(workload.format);
  const double result = workload.format == Format::kInt8 ? 4 : element;
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      return (size("m") + size("n")) * size("k") * element + size("m") * size("n") * result;
    case WorkloadClass::kAttentionPrefill:
      return 2 * size("batch") * size("tokens") * (size("heads") + size("kv_heads")) * size("head_dim") *
             element;
    case WorkloadClass::kAttentionDecode:
      return 2 * size("batch") * (size("heads") + size("kv_heads") * size("context")) * size("head_dim") *
             element;
    case WorkloadClass::kNorm:
      return (2 * size("rows") + 1) * size("columns") * element;
    case WorkloadClass::kCopy:
      return 2 * size("elements") * element;
    case WorkloadClass::kTriad:
      break;
  }
  return 3 * size("elements") * element;
}

std::string shape_text(const Workload& workload) {
  const std::vector<std::string>& names = dimension_names(workload.workload_class);
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", names[i], workload.shape[i]);
  }
  return text;
}

nlohmann::ordered_json workload_to_json(const Workload& workload) {
  const std::vector<std::string>& names = dimension_names(workload.workload_class);
  nlohmann::ordered_json shape;
  for (std::size_t i = 0; i < names.size(); ++i) shape[names[i]] = workload.shape[i];
  return {{"class", name(workload.workload_class)}, {"format", name(workload.format)}, {"shape", shape}};
}

std::vector<Workload> default_workloads(bool large) {
  std::vector<Workload> all;
  const auto add = [&](WorkloadClass workload_class, std::vector<std::uint64_t> shape) {
    for (const Format format : {Format::kFp32, Format::kFp16, Format::kBf16, Format::kInt8}) {
      if (has_format(workload_class, format)) all.push_back(make_workload(workload_class, format, shape));
    }
  };
  add(WorkloadClass::kGemm, {512, 4096, 4096});
  if (large) add(WorkloadClass::kGemm, {4096, 4096, 4096});
  add(WorkloadClass::kGemv, {1, 4096, 4096});
  add(WorkloadClass::kGemv, {1, 14336, 4096});
  add(WorkloadClass::kAttentionPrefill, {1, 2048, 32, 8, 128});
  add(WorkloadClass::kAttentionDecode, {1, 4096, 32, 8, 128});
  add(WorkloadClass::kAttentionDecode, {16, 4096, 32, 8, 128});
  add(WorkloadClass::kNorm, {2048, 4096});
  add(WorkloadClass::kCopy, {1ull << 26});
  add(WorkloadClass::kTriad, {1ull << 26});
  return all;
}

}  // namespace heddle::eval
