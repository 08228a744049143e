// libFuzzer's entry to the importer: bytes are refused with an error or become a model; nothing crashes.
#include <cstddef>
#include <cstdint>

#include "tests/onnx/fuzz/import_bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  heddle::test::import_bytes(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
