// A device library opened with dlopen, and a memory to run it on.
#pragma once
#include <dlfcn.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "isa/device_library.h"

namespace heddle::tests {

/// One open device of a library. Throws std::runtime_error naming the file and the symbol that is missing.
class Library {
 public:
  explicit Library(const std::string& path)
      : path_(path), handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw std::runtime_error(dlerror());
    load(hash_, "heddle_library_config_hash");
    load(open_, "heddle_library_open");
    load(close_, "heddle_library_close");
    load(run_, "heddle_library_run");
    device_ = open_();
    if (device_ == nullptr) throw std::runtime_error(path_ + ": the device could not be opened");
  }
  ~Library() {
    if (device_ != nullptr) close_(device_);
    if (handle_ != nullptr) dlclose(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  std::uint64_t config_hash() const { return hash_(); }
  isa::CompletionRecord run(std::vector<std::uint8_t>& memory, const isa::StartArguments& arguments,
                            const heddle_run_options& options = {}) {
    isa::CompletionRecord record;
    run_(device_, memory.data(), memory.size(), &arguments, &options, &record);
    return record;
  }

 private:
  template <class F>
  void load(F& function, const char* name) {
    function = reinterpret_cast<F>(dlsym(handle_, name));
    if (function == nullptr) throw std::runtime_error(path_ + ": " + name + " is missing; build it again");
  }
  std::string path_;
  void* handle_;
  void* device_ = nullptr;
  decltype(&heddle_library_config_hash) hash_ = nullptr;
  decltype(&heddle_library_open) open_ = nullptr;
  decltype(&heddle_library_close) close_ = nullptr;
  decltype(&heddle_library_run) run_ = nullptr;
};

}  // namespace heddle::tests
