#include "runtime/capi/heddle.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "isa/config_file.hpp"
#include "isa/counters.hpp"
#include "isa/image.hpp"
#include "runtime/drivers/registry/registry.hpp"
#include "runtime/host/generate.hpp"
#include "runtime/host/session.hpp"

namespace runtime = heddle::runtime;

struct heddle_device {
  std::unique_ptr<runtime::Device> device;
};

struct heddle_model {
  std::unique_ptr<runtime::Session> session;
};

namespace {

struct ArgumentError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

std::string& last_error() {
  thread_local std::string text;
  return text;
}

void require(bool condition, const char* what) {
  if (!condition) throw ArgumentError(what);
}

/// No exception crosses the C interface.
template <typename Action>
heddle_status guarded(Action action) {
  try {
    last_error().clear();
    action();
    return HEDDLE_OK;
  } catch (const ArgumentError& error) {
    last_error() = error.what();
    return HEDDLE_ERROR_ARGUMENT;
  } catch (const runtime::DeviceError& error) {
    last_error() = error.what();
    return HEDDLE_ERROR_DEVICE;
  } catch (const std::exception& error) {
    last_error() = error.what();
    return HEDDLE_ERROR_FAILED;
  } catch (...) {
    last_error() = "unknown error";
    return HEDDLE_ERROR_FAILED;
  }
}

}  // namespace

const char* heddle_last_error(void) { return last_error().c_str(); }

const char* heddle_version(void) { return HEDDLE_VERSION; }

heddle_status heddle_open(const char* target, const char* config, const char* xclbin,
                          heddle_device** device) {
  return guarded([&] {
    require(target != nullptr && config != nullptr && device != nullptr, "heddle_open: a null pointer");
    *device = nullptr;
    runtime::OpenOptions options;
    if (xclbin != nullptr) options.xclbin = xclbin;
    auto opened = std::make_unique<heddle_device>();
    opened->device = runtime::open_device(target, heddle::isa::load_config(config), options);
    *device = opened.release();
  });
}

void heddle_close(heddle_device* device) { delete device; }

heddle_status heddle_load(heddle_device* device, const char* file, heddle_model** model) {
  return guarded([&] {
    require(device != nullptr && file != nullptr && model != nullptr, "heddle_load: a null pointer");
    *model = nullptr;
    auto loaded = std::make_unique<heddle_model>();
    loaded->session = std::make_unique<runtime::Session>(*device->device, heddle::isa::read_image(file));
    *model = loaded.release();
  });
}

void heddle_unload(heddle_model* model) { delete model; }

uint32_t heddle_vocabulary(const heddle_model* model) {
  return model == nullptr ? 0 : model->session->vocab_size();
}

uint32_t heddle_context(const heddle_model* model) {
  return model == nullptr ? 0 : model->session->context();
}

heddle_status heddle_run(heddle_model* model, const uint32_t* tokens, size_t count, uint32_t start,
                         float* logits, size_t logits_size) {
  return guarded([&] {
    require(model != nullptr && tokens != nullptr && logits != nullptr, "heddle_run: a null pointer");
    require(logits_size >= model->session->vocab_size(),
            "heddle_run: there is too little room for the logits");
    const std::vector<float> result = count == 1 ? model->session->decode(tokens[0], start)
                                                 : model->session->prefill({tokens, count}, start, false);
    std::copy(result.begin(), result.end(), logits);
  });
}

heddle_status heddle_generate(heddle_model* model, const uint32_t* prompt, size_t prompt_count,
                              uint32_t* tokens, size_t most, size_t* count) {
  return guarded([&] {
    require(model != nullptr && prompt != nullptr && tokens != nullptr && count != nullptr,
            "heddle_generate: a null pointer");
    *count = 0;
    runtime::GenerateOptions options;
    options.tokens = static_cast<std::uint32_t>(most);
    runtime::generate(*model->session, {prompt, prompt_count}, options,
                      [&](std::uint32_t token) { tokens[(*count)++] = token; });
  });
}

size_t heddle_counters(void) { return heddle::isa::kCounters; }

const char* heddle_counter_name(size_t index) {
  return index < heddle::isa::kCounters ? heddle::isa::kCounterInfo[index].name : nullptr;
}

uint64_t heddle_counter(const heddle_model* model, size_t index) {
  if (model == nullptr || index >= heddle::isa::kCounters) return 0;
  return model->session->prefill_totals().counters[index] + model->session->decode_totals().counters[index];
}
