// From a workload to kernels, tiles and grids.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "eval/baseline/kernels.hpp"
#include "eval/baseline/opencl/context.hpp"
#include "eval/baseline/reference.hpp"

namespace heddle::eval::opencl {
namespace {

constexpr std::uint64_t kTile = 64, kDepth = 16, kTileItems = 16;  // gemm
constexpr std::uint64_t kLineItems = 64;                           // gemv
constexpr std::uint64_t kNormItems = 128;
constexpr std::uint64_t kPrefillRows = 16, kPrefillKeys = 16;
constexpr std::uint64_t kDecodeRows = 8, kDecodeKeys = 32;
constexpr std::uint64_t kVectorRows = 4;
constexpr std::uint64_t kGroupsPerUnit = 4;  // work-groups that keep a compute unit busy

std::uint64_t parts_of(std::uint64_t whole, std::uint64_t size) { return (whole + size - 1) / size; }

std::string format_macro(Format format) {
  switch (format) {
    case Format::kFp16:
      return "-D FORMAT_FP16";
    case Format::kInt8:
      return "-D FORMAT_INT8";
    default:
      return "-D FORMAT_FP32";
  }
}

template <typename... Values>
void set_arguments(cl::Kernel& kernel, const Values&... values) {
  cl_uint index = 0;
  (kernel.setArg(index++, values), ...);
}

cl_uint narrow(std::uint64_t size) { return static_cast<cl_uint>(size); }

// Groups of the vector kernels are of one work-item: runtimes for CPUs keep private arrays of a whole group
// on the stack, and the groups of thousands that they would choose overflow it.
bool runs_vector(Context& context, Variant variant) {
  if (variant != Variant::kAutomatic) return variant == Variant::kVector;
  return (context.device().getInfo<CL_DEVICE_TYPE>() & CL_DEVICE_TYPE_CPU) != 0;
}

void plan_product(Context& context, const Workload& workload, Variant variant, Plan& plan) {
  const std::uint64_t m = workload.size("m"), n = workload.size("n"), k = workload.size("k");
  const std::string format = format_macro(workload.format);
  const cl::Buffer &a = plan.operands[0], &w = plan.operands[1];
  if (runs_vector(context, variant)) {
    const std::uint64_t rows = std::min<std::uint64_t>(m, 4), columns = 4;
    cl::Kernel kernel = context.kernel(kernels::kGemmVector, "gemm_vector",
                                       fmt::format("{} -D ROWS={} -D COLUMNS={}", format, rows, columns));
    set_arguments(kernel, a, w, plan.result, narrow(m), narrow(n), narrow(k));
    plan.launches = {{kernel, cl::NDRange(parts_of(n, columns), parts_of(m, rows)), cl::NDRange(1, 1)}};
    plan.implementation =
        fmt::format("gemm_vector, {} x {} sums of 16 lanes along k a work-item", rows, columns);
  } else if (workload.workload_class == WorkloadClass::kGemv) {
    cl::Kernel kernel =
        context.kernel(kernels::kGemv, "gemv", fmt::format("{} -D M={} -D ITEMS={}", format, m, kLineItems));
    set_arguments(kernel, a, w, plan.result, narrow(n), narrow(k));
    plan.launches = {{kernel, cl::NDRange(n * kLineItems), cl::NDRange(kLineItems)}};
    plan.implementation = fmt::format("gemv, a work-group of {} a row of w", kLineItems);
  } else {
    cl::Kernel kernel = context.kernel(kernels::kGemm, "gemm",
                                       fmt::format("{} -D TILE={} -D DEPTH={}", format, kTile, kDepth));
    set_arguments(kernel, a, w, plan.result, narrow(m), narrow(n), narrow(k));
    plan.launches = {{kernel, cl::NDRange(parts_of(n, kTile) * kTileItems, parts_of(m, kTile) * kTileItems),
                      cl::NDRange(kTileItems, kTileItems)}};
    plan.implementation = fmt::format("gemm, tiles of {} x {} x {} in local memory", kTile, kTile, kDepth);
  }
}

void plan_attention_vector(Context& context, const Workload& workload, Plan& plan) {
  const bool prefill = workload.workload_class == WorkloadClass::kAttentionPrefill;
  const std::uint64_t tokens = workload.size(prefill ? "tokens" : "context"), heads = workload.size("heads");
  const std::uint64_t kv_heads = workload.size("kv_heads"), dim = workload.size("head_dim");
  const std::uint64_t sharing = prefill ? tokens : heads / kv_heads;
  const std::uint64_t rows = std::min(sharing, kVectorRows);
  cl::Kernel kernel = context.kernel(kernels::kAttentionVector, "attention_vector",
                                     fmt::format("{}{} -D ROWS={} -D DIM={}", format_macro(workload.format),
                                                 prefill ? " -D CAUSAL" : "", rows, dim));
  set_arguments(kernel, plan.operands[0], plan.operands[1], plan.operands[2], plan.result, narrow(tokens),
                narrow(heads), narrow(kv_heads), 1.0f / std::sqrt(static_cast<float>(dim)));
  plan.launches = {{kernel,
                    cl::NDRange(parts_of(sharing, rows), prefill ? heads : kv_heads, workload.size("batch")),
                    cl::NDRange(1, 1, 1)}};
  plan.implementation = fmt::format("attention_vector, online softmax, {} {} by 16 keys a work-item", rows,
                                    prefill ? "queries" : "heads");
}

void plan_prefill(Context& context, const Workload& workload, Plan& plan) {
  const std::uint64_t tokens = workload.size("tokens"), heads = workload.size("heads"),
                      dim = workload.size("head_dim");
  cl::Kernel kernel =
      context.kernel(kernels::kAttention, "attention",
                     fmt::format("{} -D CAUSAL -D ROWS={} -D KEYS={} -D DIM={}",
                                 format_macro(workload.format), kPrefillRows, kPrefillKeys, dim));
  const cl::Buffer unused = context.allocate(sizeof(float));
  set_arguments(kernel, plan.operands[0], plan.operands[1], plan.operands[2], plan.result, unused, unused,
                narrow(tokens), narrow(heads), narrow(workload.size("kv_heads")), narrow(tokens),
                1.0f / std::sqrt(static_cast<float>(dim)));
  plan.operands.push_back(unused);
  plan.launches = {{kernel,
                    cl::NDRange(parts_of(tokens, kPrefillRows) * kPrefillKeys, heads * kPrefillRows,
                                workload.size("batch")),
                    cl::NDRange(kPrefillKeys, kPrefillRows, 1)}};
  plan.implementation =
      fmt::format("attention, online softmax, {} queries by {} keys", kPrefillRows, kPrefillKeys);
}

void plan_decode(Context& context, const Workload& workload, Plan& plan) {
  const std::uint64_t batch = workload.size("batch"), tokens = workload.size("context");
  const std::uint64_t heads = workload.size("heads"), kv_heads = workload.size("kv_heads"),
                      dim = workload.size("head_dim");
  const std::uint64_t rows = std::min(heads / kv_heads, kDecodeRows);
  const std::uint64_t tiles = parts_of(heads / kv_heads, rows);
  // Enough parts to fill the device, each of at least one block of keys.
  const std::uint64_t units = context.device().getInfo<CL_DEVICE_MAX_COMPUTE_UNITS>();
  const std::uint64_t wanted = parts_of(units * kGroupsPerUnit, batch * kv_heads * tiles);
  const std::uint64_t part =
      parts_of(parts_of(tokens, std::min(wanted, parts_of(tokens, kDecodeKeys))), kDecodeKeys) * kDecodeKeys;
  const std::uint64_t parts = parts_of(tokens, part);
  const std::string macros = fmt::format("{} -D ROWS={} -D KEYS={} -D DIM={}", format_macro(workload.format),
                                         rows, kDecodeKeys, dim);
  const cl::Buffer values = context.allocate(batch * heads * parts * dim * sizeof(float));
  const cl::Buffer state = context.allocate(batch * heads * parts * 2 * sizeof(float));
  cl::Kernel attention = context.kernel(kernels::kAttention, "attention", macros);
  set_arguments(attention, plan.operands[0], plan.operands[1], plan.operands[2], plan.result, values, state,
                narrow(tokens), narrow(heads), narrow(kv_heads), narrow(part),
                1.0f / std::sqrt(static_cast<float>(dim)));
  cl::Kernel combine = context.kernel(kernels::kAttention, "attention_combine", macros);
  set_arguments(combine, values, state, plan.result, narrow(parts));
  plan.operands.push_back(values);
  plan.operands.push_back(state);
  plan.launches = {{attention, cl::NDRange(parts * kDecodeKeys, kv_heads * tiles * rows, batch),
                    cl::NDRange(kDecodeKeys, rows, 1)},
                   {combine, cl::NDRange(dim, batch * heads)}};
  plan.implementation =
      fmt::format("attention, online softmax, {} heads by {} keys, {} parts", rows, kDecodeKeys, parts);
}

void plan_norm(Context& context, const Workload& workload, Plan& plan) {
  cl::Kernel kernel = context.kernel(
      kernels::kNorm, "norm", fmt::format("{} -D ITEMS={}", format_macro(workload.format), kNormItems));
  set_arguments(kernel, plan.operands[0], plan.operands[1], plan.result, narrow(workload.size("columns")),
                static_cast<float>(kNormEpsilon));
  plan.launches = {{kernel, cl::NDRange(workload.size("rows") * kNormItems), cl::NDRange(kNormItems)}};
  plan.implementation = fmt::format("norm, a work-group of {} a row", kNormItems);
}

void plan_stream(Context& context, const Workload& workload, Plan& plan) {
  const bool copy = workload.workload_class == WorkloadClass::kCopy;
  const cl_ulong elements = workload.size("elements");
  cl::Kernel kernel =
      context.kernel(kernels::kStream, copy ? "copy" : "triad", format_macro(workload.format));
  if (copy) {
    set_arguments(kernel, plan.operands[0], plan.result, elements);
  } else {
    set_arguments(kernel, plan.operands[0], plan.operands[1], plan.result, elements,
                  static_cast<float>(kTriadScalar));
  }
  plan.launches = {{kernel, cl::NDRange(parts_of(elements, 4))}};
  plan.implementation = fmt::format("{}, four elements a work-item", copy ? "copy" : "triad");
}

}  // namespace

std::uint64_t local_memory(const Workload& workload) {
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
      return 2 * kDepth * (kTile + 1) * sizeof(float);
    case WorkloadClass::kGemv:
      return workload.size("m") * kLineItems * sizeof(float);
    case WorkloadClass::kAttentionPrefill:
      return ((kPrefillRows + kPrefillKeys) * (workload.size("head_dim") + 1) + kPrefillRows * kPrefillKeys) *
             sizeof(float);
    case WorkloadClass::kAttentionDecode:
      return ((kDecodeRows + kDecodeKeys) * (workload.size("head_dim") + 1) + kDecodeRows * kDecodeKeys) *
             sizeof(float);
    case WorkloadClass::kNorm:
      return kNormItems * sizeof(float);
    default:
      return 0;
  }
}

std::uint64_t largest_buffer(const Workload& workload) {
  const std::uint64_t element = bits(workload.format) / 8;
  const auto size = [&](std::string_view dimension) { return workload.size(dimension); };
  const std::uint64_t result = result_elements(workload) * result_bytes(workload.format);
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      return std::max({size("m") * size("k") * element, size("n") * size("k") * element, result});
    case WorkloadClass::kAttentionDecode:
      return std::max(size("batch") * size("kv_heads") * size("context") * size("head_dim") * element,
                      result);
    default:
      return result;
  }
}

Plan make_plan(Context& context, const Workload& workload, const Operands& operands, Variant variant) {
  Plan plan;
  for (const std::vector<float>& values : operands)
    plan.operands.push_back(context.upload(pack(values, workload.format)));
  plan.result = context.allocate(result_elements(workload) * result_bytes(workload.format));
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      plan_product(context, workload, variant, plan);
      break;
    case WorkloadClass::kAttentionPrefill:
    case WorkloadClass::kAttentionDecode:
      if (runs_vector(context, variant) && workload.size("head_dim") % 16 == 0) {
        plan_attention_vector(context, workload, plan);
      } else if (workload.workload_class == WorkloadClass::kAttentionPrefill) {
        plan_prefill(context, workload, plan);
      } else {
        plan_decode(context, workload, plan);
      }
      break;
    case WorkloadClass::kNorm:
      plan_norm(context, workload, plan);
      break;
    case WorkloadClass::kCopy:
    case WorkloadClass::kTriad:
      plan_stream(context, workload, plan);
      break;
  }
  return plan;
}

}  // namespace heddle::eval::opencl
