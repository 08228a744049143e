#include "eval/baseline/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

namespace heddle::eval {
namespace {

constexpr double kUnit = 0x1p-24;       // FP32's unit roundoff
constexpr double kSmallest = 0x1p-126;  // flushed subnormals may be lost
constexpr std::uint64_t kStreamRow = 4096;
constexpr double kBudget = 2e8;  // multiply-adds of reference

double sum_bound(double terms) { return 8 * std::sqrt(terms) * kUnit; }

// Rounding of a result when it is stored.
double store_bound(Format format, double value) {
  switch (format) {
    case Format::kFp16:
      return std::abs(value) * 0x1p-11 + 0x1p-24;
    case Format::kBf16:
      return std::abs(value) * 0x1p-8;
    default:
      return 0;
  }
}

bool is_prefill(const Workload& workload) {
  return workload.workload_class == WorkloadClass::kAttentionPrefill;
}

std::vector<Expected> product_row(const Workload& workload, const Operands& operands, std::uint64_t row) {
  const std::uint64_t n = workload.size("n"), k = workload.size("k");
  const float* a = operands[0].data() + row * k;
  std::vector<Expected> expected(n);
  for (std::uint64_t column = 0; column < n; ++column) {
    const float* w = operands[1].data() + column * k;
    double sum = 0, magnitude = 0;
    for (std::uint64_t i = 0; i < k; ++i) {
      const double product = static_cast<double>(a[i]) * static_cast<double>(w[i]);
      sum += product;
      magnitude += std::abs(product);
    }
    const bool exact = workload.format == Format::kInt8;
    expected[column] = {sum, exact ? 0
                                   : sum_bound(static_cast<double>(k)) * magnitude + kSmallest +
                                         store_bound(workload.format, sum)};
  }
  return expected;
}

// A softmax-weighted mean of values. An error e of a score changes its weight by a factor of 1 + e, so that
// the mean moves by at most 2 e max |v|; exponentials are within 4 ulp (OpenCL C allows 3), and the sums of
// the weights and of the weighted values round as sums do.
std::vector<Expected> attention_row(const Workload& workload, const Operands& operands, std::uint64_t row) {
  const std::uint64_t heads = workload.size("heads"), kv_heads = workload.size("kv_heads");
  const std::uint64_t dim = workload.size("head_dim");
  const std::uint64_t queries = is_prefill(workload) ? workload.size("tokens") : 1;
  const std::uint64_t cached = workload.size(is_prefill(workload) ? "tokens" : "context");
  const std::uint64_t query = row % queries, head = row / queries % heads, sequence = row / queries / heads;
  const std::uint64_t kv_head = head / (heads / kv_heads);
  const std::uint64_t keys = is_prefill(workload) ? query + 1 : cached;
  const float* q = operands[0].data() + row * dim;
  const std::uint64_t cache = (sequence * kv_heads + kv_head) * cached * dim;
  const float* k = operands[1].data() + cache;
  const float* v = operands[2].data() + cache;
  const double scale = 1 / std::sqrt(static_cast<double>(dim));

  std::vector<double> weights(keys);
  double largest = -INFINITY, score_error = 0, total = 0;
  for (std::uint64_t key = 0; key < keys; ++key) {
    double score = 0, magnitude = 0;
    for (std::uint64_t i = 0; i < dim; ++i) {
      const double product = static_cast<double>(q[i]) * static_cast<double>(k[key * dim + i]);
      score += product;
      magnitude += std::abs(product);
    }
    weights[key] = score * scale;
    largest = std::max(largest, weights[key]);
    score_error =
        std::max(score_error, (sum_bound(static_cast<double>(dim)) + 4 * kUnit) * magnitude * scale);
  }
  for (double& weight : weights) {
    weight = std::exp(weight - largest);
    total += weight;
  }
  const double weight_error = score_error + 8 * kUnit + sum_bound(static_cast<double>(keys));
  std::vector<Expected> expected(dim);
  for (std::uint64_t i = 0; i < dim; ++i) {
    double sum = 0, largest_value = 0;
    for (std::uint64_t key = 0; key < keys; ++key) {
      const double value = v[key * dim + i];
      sum += weights[key] / total * value;
      largest_value = std::max(largest_value, std::abs(value));
    }
    expected[i] = {sum, 2 * weight_error * largest_value + kSmallest + store_bound(workload.format, sum)};
  }
  return expected;
}

std::vector<Expected> norm_row(const Workload& workload, const Operands& operands, std::uint64_t row) {
  const std::uint64_t columns = workload.size("columns");
  const float* x = operands[0].data() + row * columns;
  double squares = 0;
  for (std::uint64_t i = 0; i < columns; ++i)
    squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  const double factor = 1 / std::sqrt(squares / static_cast<double>(columns) + kNormEpsilon);
  std::vector<Expected> expected(columns);
  for (std::uint64_t i = 0; i < columns; ++i) {
    const double value = static_cast<double>(x[i]) * factor * static_cast<double>(operands[1][i]);
    expected[i] = {value, std::abs(value) * (sum_bound(static_cast<double>(columns)) / 2 + 8 * kUnit) +
                              kSmallest + store_bound(workload.format, value)};
  }
  return expected;
}

std::vector<Expected> stream_row(const Workload& workload, const Operands& operands, std::uint64_t row) {
  const std::uint64_t first = row * kStreamRow;
  const std::uint64_t count = std::min(kStreamRow, workload.size("elements") - first);
  std::vector<Expected> expected(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const double b = operands[0][first + i];
    if (workload.workload_class == WorkloadClass::kCopy) {
      expected[i] = {b, 0};
      continue;
    }
    const double product = kTriadScalar * static_cast<double>(operands[1][first + i]);
    expected[i] = {b + product, 2 * kUnit * (std::abs(b) + std::abs(product)) + kSmallest};
  }
  return expected;
}

double row_cost(const Workload& workload) {
  const auto size = [&](std::string_view dimension) { return static_cast<double>(workload.size(dimension)); };
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      return size("n") * size("k");
    case WorkloadClass::kAttentionPrefill:
      return 2 * size("tokens") * size("head_dim");
    case WorkloadClass::kAttentionDecode:
      return 2 * size("context") * size("head_dim");
    case WorkloadClass::kNorm:
      return 2 * size("columns");
    default:
      return static_cast<double>(kStreamRow);
  }
}

// Rows to look at, in rising order: both ends, and between them one from each of equal stretches, at a place
// that changes from stretch to stretch so that no multiple of a tile's size is missed.
std::set<std::uint64_t> chosen_rows(const Workload& workload) {
  const std::uint64_t all = result_rows(workload);
  const auto most = static_cast<std::uint64_t>(std::max(4.0, kBudget / row_cost(workload)));
  std::set<std::uint64_t> rows;
  if (most >= all) {
    for (std::uint64_t row = 0; row < all; ++row) rows.insert(row);
    return rows;
  }
  rows = {0, all - 1};
  const std::uint64_t stretch = all / most;
  for (std::uint64_t i = 0; i + 2 < most; ++i) rows.insert(i * stretch + (i * 7919) % stretch);
  return rows;
}

}  // namespace

std::uint64_t result_row_length(const Workload& workload) {
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      return workload.size("n");
    case WorkloadClass::kAttentionPrefill:
    case WorkloadClass::kAttentionDecode:
      return workload.size("head_dim");
    case WorkloadClass::kNorm:
      return workload.size("columns");
    default:
      return kStreamRow;
  }
}

std::uint64_t result_rows(const Workload& workload) {
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      return workload.size("m");
    case WorkloadClass::kAttentionPrefill:
      return workload.size("batch") * workload.size("heads") * workload.size("tokens");
    case WorkloadClass::kAttentionDecode:
      return workload.size("batch") * workload.size("heads");
    case WorkloadClass::kNorm:
      return workload.size("rows");
    default:
      return (workload.size("elements") + kStreamRow - 1) / kStreamRow;
  }
}

std::uint64_t result_elements(const Workload& workload) {
  const bool stream =
      workload.workload_class == WorkloadClass::kCopy || workload.workload_class == WorkloadClass::kTriad;
  return stream ? workload.size("elements") : result_rows(workload) * result_row_length(workload);
}

std::vector<Expected> expected_row(const Workload& workload, const Operands& operands, std::uint64_t row) {
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      return product_row(workload, operands, row);
    case WorkloadClass::kAttentionPrefill:
    case WorkloadClass::kAttentionDecode:
      return attention_row(workload, operands, row);
    case WorkloadClass::kNorm:
      return norm_row(workload, operands, row);
    default:
      return stream_row(workload, operands, row);
  }
}

std::string tolerance_text(const Workload& workload) {
  std::string text;
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      if (workload.format == Format::kInt8) return "exact";
      text = "8 sqrt(k) 2^-24 of sum |a w|";
      break;
    case WorkloadClass::kAttentionPrefill:
    case WorkloadClass::kAttentionDecode:
      text = "2 max |v| times the error of scores, exponentials (8 2^-24) and sums (8 sqrt(tokens) 2^-24)";
      break;
    case WorkloadClass::kNorm:
      text = "(4 sqrt(columns) + 8) 2^-24 of the value";
      break;
    case WorkloadClass::kCopy:
      return "exact";
    case WorkloadClass::kTriad:
      return "2^-23 of |b| + |s c|";
  }
  if (workload.format == Format::kFp16) text += ", and 2^-11 of the value";
  if (workload.format == Format::kBf16) text += ", and 2^-8 of the value";
  return text;
}

Check check_results(const Workload& workload, const Operands& operands,
                    const std::function<void(std::uint64_t, std::uint64_t, double*)>& read) {
  Check check;
  check.tolerance = tolerance_text(workload);
  std::vector<double> results;
  for (const std::uint64_t row : chosen_rows(workload)) {
    const std::vector<Expected> expected = expected_row(workload, operands, row);
    results.assign(expected.size(), NAN);
    read(row * result_row_length(workload), expected.size(), results.data());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double error = std::abs(results[i] - expected[i].value);
      if (!(error <= expected[i].bound)) {  // catches NaN
        throw std::runtime_error(
            fmt::format("{} {} ({}): row {}, column {} is {:.9g}, the reference has {:.9g}; tolerated is an "
                        "error of {:.3g}",
                        name(workload.workload_class), name(workload.format), shape_text(workload), row, i,
                        results[i], expected[i].value, expected[i].bound));
      }
      check.largest_error = std::max(check.largest_error, error);
      if (expected[i].bound > 0) check.worst = std::max(check.worst, error / expected[i].bound);
    }
    check.elements += expected.size();
  }
  return check;
}

}  // namespace heddle::eval
