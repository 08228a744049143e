// Matrix products by cuBLASLt's first heuristic, copies by the runtime. Host code only: no CUDA compiler.
#include "eval/baseline/cuda/backend.hpp"

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <nvml.h>

#include <chrono>
#include <memory>
#include <stdexcept>

#include "eval/baseline/reference.hpp"

namespace heddle::eval {
namespace {

constexpr std::size_t kWorkspaceBytes = std::size_t{64}
                                        << 20;  // cuBLASLt's advice is 32 MiB on Hopper, 4 before

void check(cudaError_t status, const char* call) {
  if (status != cudaSuccess) {
    throw std::runtime_error(fmt::format("CUDA: {} failed: {}", call, cudaGetErrorString(status)));
  }
}
void check(cublasStatus_t status, const char* call) {
  if (status != CUBLAS_STATUS_SUCCESS) {
    throw std::runtime_error(fmt::format("cuBLASLt: {} failed: status {}", call, static_cast<int>(status)));
  }
}
#define HEDDLE_CUDA(call) check(call, #call)

// Handles that are destroyed by a function of the library's.
template <typename Pointer, auto Destroy>
struct Destroyer {
  using pointer = Pointer;
  void operator()(Pointer handle) const { Destroy(handle); }
};
template <typename Pointer, auto Destroy>
using Handle = std::unique_ptr<std::remove_pointer_t<Pointer>, Destroyer<Pointer, Destroy>>;
using Memory = Handle<void*, cudaFree>;
using Event = Handle<cudaEvent_t, cudaEventDestroy>;
using Library = Handle<cublasLtHandle_t, cublasLtDestroy>;
using Product = Handle<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using Layout = Handle<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Preference = Handle<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

Memory allocate(std::size_t bytes) {
  void* pointer = nullptr;
  HEDDLE_CUDA(cudaMalloc(&pointer, bytes));
  return Memory(pointer);
}

Memory upload(const std::vector<float>& values, Format format) {
  const std::vector<std::byte> bytes = pack(values, format);
  Memory memory = allocate(bytes.size());
  HEDDLE_CUDA(cudaMemcpy(memory.get(), bytes.data(), bytes.size(), cudaMemcpyHostToDevice));
  return memory;
}

Event make_event() {
  cudaEvent_t event = nullptr;
  HEDDLE_CUDA(cudaEventCreate(&event));
  return Event(event);
}

cudaDataType_t data_type(Format format) {
  switch (format) {
    case Format::kFp16:
      return CUDA_R_16F;
    case Format::kBf16:
      return CUDA_R_16BF;
    case Format::kInt8:
      return CUDA_R_8I;
    default:
      return CUDA_R_32F;
  }
}

Layout make_layout(cudaDataType_t type, std::uint64_t rows, std::uint64_t columns) {
  cublasLtMatrixLayout_t layout = nullptr;
  HEDDLE_CUDA(cublasLtMatrixLayoutCreate(&layout, type, rows, columns, static_cast<std::int64_t>(rows)));
  return Layout(layout);
}

class CudaPrepared : public Prepared {
 public:
  CudaPrepared(const Workload& workload, const Operands& operands) : workload_(workload) {
    for (const std::vector<float>& values : operands) operands_.push_back(upload(values, workload.format));
    result_ = allocate(result_elements(workload) * result_bytes(workload.format));
  }

  Timing run() override {
    const auto begin = std::chrono::steady_clock::now();
    HEDDLE_CUDA(cudaEventRecord(start_.get(), nullptr));
    submit();
    HEDDLE_CUDA(cudaEventRecord(stop_.get(), nullptr));
    HEDDLE_CUDA(cudaEventSynchronize(stop_.get()));
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    float milliseconds = 0;
    HEDDLE_CUDA(cudaEventElapsedTime(&milliseconds, start_.get(), stop_.get()));
    Timing timing;
    timing.wall_seconds = wall.count();
    if (milliseconds > 0) timing.kernel_seconds = static_cast<double>(milliseconds) * 1e-3;
    return timing;
  }

  void read(std::uint64_t offset, std::uint64_t count, double* into) override {
    const std::size_t size = result_bytes(workload_.format);
    std::vector<std::byte> bytes(count * size);
    const auto* from = static_cast<const std::byte*>(result_.get()) + offset * size;
    HEDDLE_CUDA(cudaMemcpy(bytes.data(), from, bytes.size(), cudaMemcpyDeviceToHost));
    unpack_results(bytes.data(), count, workload_.format, into);
  }

 protected:
  virtual void submit() = 0;

  Workload workload_;
  std::vector<Memory> operands_;
  Memory result_;

 private:
  Event start_ = make_event(), stop_ = make_event();
};

class CopyPrepared : public CudaPrepared {
 public:
  using CudaPrepared::CudaPrepared;
  std::string implementation() const override { return "cudaMemcpyAsync, device to device"; }

 protected:
  void submit() override {
    HEDDLE_CUDA(cudaMemcpyAsync(result_.get(), operands_[0].get(), workload_.size("elements") * sizeof(float),
                                cudaMemcpyDeviceToDevice, nullptr));
  }
};

// cuBLASLt counts columns first: row-major a [m][k] is its k x m, w [n][k] its k x n, c [m][n] its n x m. So
// c = w^T a there, the form that every format supports ("TN"; int8 has no other).
class ProductPrepared : public CudaPrepared {
 public:
  ProductPrepared(cublasLtHandle_t library, const Workload& workload, const Operands& operands)
      : CudaPrepared(workload, operands), library_(library) {
    const bool integer = workload.format == Format::kInt8;
    const cudaDataType_t type = data_type(workload.format), result = integer ? CUDA_R_32I : type;
    // CUBLAS_COMPUTE_32F keeps fp32 operands fp32: TF32 has a type of its own.
    cublasLtMatmulDesc_t product = nullptr;
    HEDDLE_CUDA(cublasLtMatmulDescCreate(&product, integer ? CUBLAS_COMPUTE_32I : CUBLAS_COMPUTE_32F,
                                         integer ? CUDA_R_32I : CUDA_R_32F));
    product_ = Product(product);
    const cublasOperation_t transposed = CUBLAS_OP_T;
    HEDDLE_CUDA(
        cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed));
    const std::uint64_t m = workload.size("m"), n = workload.size("n"), k = workload.size("k");
    w_ = make_layout(type, k, n);
    a_ = make_layout(type, k, m);
    c_ = make_layout(result, n, m);
    workspace_ = allocate(kWorkspaceBytes);

    cublasLtMatmulPreference_t preference = nullptr;
    HEDDLE_CUDA(cublasLtMatmulPreferenceCreate(&preference));
    const Preference owner(preference);
    HEDDLE_CUDA(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                                     &kWorkspaceBytes, sizeof kWorkspaceBytes));
    int count = 0;
    HEDDLE_CUDA(cublasLtMatmulAlgoGetHeuristic(library_, product, w_.get(), a_.get(), c_.get(), c_.get(),
                                               preference, 1, &chosen_, &count));
    if (count == 0)
      throw std::runtime_error(fmt::format("cuBLASLt has no kernel for {}", shape_text(workload)));
  }

  std::string implementation() const override {
    return fmt::format("cublasLtMatmul, first heuristic, {} bytes of workspace", chosen_.workspaceSize);
  }

 protected:
  void submit() override {
    const float one = 1, zero = 0;
    const std::int32_t integer_one = 1, integer_zero = 0;
    const bool integer = workload_.format == Format::kInt8;
    const void* alpha = integer ? static_cast<const void*>(&integer_one) : &one;
    const void* beta = integer ? static_cast<const void*>(&integer_zero) : &zero;
    HEDDLE_CUDA(cublasLtMatmul(library_, product_.get(), alpha, operands_[1].get(), w_.get(),
                               operands_[0].get(), a_.get(), beta, result_.get(), c_.get(), result_.get(),
                               c_.get(), &chosen_.algo, workspace_.get(), kWorkspaceBytes, nullptr));
  }

 private:
  cublasLtHandle_t library_;
  Product product_;
  Layout w_, a_, c_;
  Memory workspace_;
  cublasLtMatmulHeuristicResult_t chosen_{};
};

// NVML's view of a CUDA device, found by its bus address: the two libraries count devices in different
// orders.
class PowerMeter {
 public:
  explicit PowerMeter(int device) {
    char bus[32] = {};
    if (cudaDeviceGetPCIBusId(bus, sizeof bus, device) != cudaSuccess || nvmlInit_v2() != NVML_SUCCESS)
      return;
    ready_ = true;
    known_ = nvmlDeviceGetHandleByPciBusId_v2(bus, &device_) == NVML_SUCCESS;
    char version[NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE] = {};
    if (nvmlSystemGetDriverVersion(version, sizeof version) == NVML_SUCCESS) driver_ = version;
  }
  ~PowerMeter() {
    if (ready_) nvmlShutdown();
  }
  PowerMeter(const PowerMeter&) = delete;
  PowerMeter& operator=(const PowerMeter&) = delete;

  const std::string& driver() const { return driver_; }
  // Since the driver was loaded; from Volta on.
  std::optional<double> joules() const {
    unsigned long long millijoules = 0;
    if (!known_ || nvmlDeviceGetTotalEnergyConsumption(device_, &millijoules) != NVML_SUCCESS)
      return std::nullopt;
    return static_cast<double>(millijoules) * 1e-3;
  }

 private:
  bool ready_ = false, known_ = false;
  nvmlDevice_t device_{};
  std::string driver_;
};

std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

class CudaDevice : public Device {
 public:
  explicit CudaDevice(int index) : index_(index), meter_(index) {
    HEDDLE_CUDA(cudaGetDeviceProperties(&properties_, index));
  }

  DeviceDescription description() const override {
    int driver = 0;
    cudaDriverGetVersion(&driver);
    DeviceDescription text;
    text.name = properties_.name;
    text.vendor = "NVIDIA";
    text.type = "gpu";
    text.driver = meter_.driver();
    text.version = fmt::format("CUDA {}, compute capability {}.{}", version_text(driver), properties_.major,
                               properties_.minor);
    text.memory_bytes = properties_.totalGlobalMem;
    text.compute_units = static_cast<std::uint64_t>(properties_.multiProcessorCount);
    int kilohertz = 0;
    if (cudaDeviceGetAttribute(&kilohertz, cudaDevAttrClockRate, index_) == cudaSuccess && kilohertz > 0) {
      text.clock_hz = 1e3 * kilohertz;
    }
    return text;
  }

  Software software() const override {
    int runtime = 0;
    cudaRuntimeGetVersion(&runtime);
    return {"cuda",
            version_text(runtime),
            {{"cublaslt", std::to_string(cublasLtGetVersion())}, {"heddle", HEDDLE_VERSION}},
            "cuBLASLt's first heuristic; attention and norms are not measured this way"};
  }

  std::optional<std::string> refusal(const Workload& workload) const override {
    switch (workload.workload_class) {
      case WorkloadClass::kGemm:
      case WorkloadClass::kGemv:
        if (workload.format == Format::kInt8 &&
            (workload.size("k") % 4 != 0 || workload.size("n") % 4 != 0)) {
          return "cuBLASLt's int8 products need n and k in multiples of 4";
        }
        break;
      case WorkloadClass::kCopy:
        break;
      default:
        return "the CUDA libraries used here have no such kernel; the script of --emit torch measures it";
    }
    if (bytes(workload) + static_cast<double>(kWorkspaceBytes) >
        static_cast<double>(properties_.totalGlobalMem)) {
      return "does not fit into the device's memory";
    }
    return std::nullopt;
  }

  std::unique_ptr<Prepared> prepare(const Workload& workload, const Operands& operands) override {
    HEDDLE_CUDA(cudaSetDevice(index_));
    if (workload.workload_class == WorkloadClass::kCopy)
      return std::make_unique<CopyPrepared>(workload, operands);
    if (!library_) {
      cublasLtHandle_t library = nullptr;
      HEDDLE_CUDA(cublasLtCreate(&library));
      library_ = Library(library);
    }
    return std::make_unique<ProductPrepared>(library_.get(), workload, operands);
  }

  std::optional<double> energy_joules() override { return meter_.joules(); }

 private:
  int index_;
  PowerMeter meter_;
  cudaDeviceProp properties_{};
  Library library_;
};

}  // namespace

Backend cuda_backend() {
  Backend backend;
  backend.name = "CUDA";
  backend.built = true;
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess || count == 0) {
    backend.absence = fmt::format("no CUDA device was found ({}): install NVIDIA's driver",
                                  status == cudaSuccess ? "none is there" : cudaGetErrorString(status));
    return backend;
  }
  for (int index = 0; index < count; ++index) backend.devices.push_back(std::make_unique<CudaDevice>(index));
  return backend;
}

}  // namespace heddle::eval
