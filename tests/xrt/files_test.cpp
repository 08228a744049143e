// The files and messages of an emulation, byte by byte where another program reads them.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "sim/emulation/kernel.hpp"
#include "sim/emulation/protocol.hpp"
#include "sim/emulation/wire.hpp"
#include "sim/emulation/xclbin.hpp"
#include "sim/emulation/zip.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::sim::emulation {
namespace {

std::uint64_t number_at(const std::string& bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + offset, size);
  return value;
}

TEST(Wire, RequestHeaderIsFourteenBytes) {
  MessageWriter out;
  out.fixed64(1, 5);
  out.fixed32(2, kClose);
  EXPECT_EQ(out.text(), std::string("\x09\x05\0\0\0\0\0\0\0\x15\x01\0\0\0", 14));
}

TEST(Wire, FieldsComeBack) {
  MessageWriter out;
  out.varint(1, 300);
  out.bytes(2, "abc");
  out.varint(3, ~0ull);
  out.reserve(4, 200)[199] = 7;
  const MessageReader in(out.text());
  EXPECT_EQ(in.number(1), 300u);
  EXPECT_EQ(in.bytes(2), "abc");
  EXPECT_EQ(in.number(3), ~0ull);
  EXPECT_EQ(in.bytes(4).size(), 200u);
  EXPECT_EQ(in.bytes(4)[199], 7);
  EXPECT_EQ(in.number(9), 0u);
  EXPECT_TRUE(in.bytes(9).empty());
}

TEST(Wire, MalformedMessagesAreRefused) {
  for (const char* text :
       {"\x08", "\x0a\x05\x61", "\x09\x01", "\x0b", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}) {
    EXPECT_THROW(MessageReader{text}, std::runtime_error) << text;
  }
}

TEST(Zip, UnzipReadsIt) {
  const test::TemporaryDirectory folder;
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  test::write_file(folder.file("a.zip"),
                   zip({{"in/one.sh", "#!/bin/sh\nexit 3\n"}, {"two", all}, {"empty", ""}}));
  const std::string command = "cd '" + folder.path() + "' && unzip -q a.zip";
  const int status = std::system(command.c_str());
  if (WEXITSTATUS(status) == 127) GTEST_SKIP() << "unzip is not installed";
  ASSERT_EQ(status, 0);
  EXPECT_EQ(test::read_file(folder.file("two")), all);
  EXPECT_EQ(std::filesystem::file_size(folder.file("empty")), 0u);
  EXPECT_EQ(WEXITSTATUS(std::system(("'" + folder.file("in/one.sh") + "'").c_str())), 3)
      << "it may be executed";
}

TEST(XclbinFile, LayoutIsTheRuntimes) {
  Xclbin xclbin;
  xclbin.platform = "p";
  xclbin.sections = {{SectionKind::kBitstream, "12345"}, {SectionKind::kIpLayout, "abcdefghi"}};
  const std::string bytes = serialize(xclbin);
  EXPECT_EQ(bytes.substr(0, 8), std::string("xclbin2\0", 8));
  EXPECT_EQ(number_at(bytes, 304, 8), bytes.size());  // header at 304: length
  EXPECT_EQ(number_at(bytes, 304 + 28, 2), 4u);       // hardware emulation
  EXPECT_EQ(bytes[304 + 48], 'p');
  EXPECT_EQ(number_at(bytes, 304 + 144, 4), 2u);  // sections
  EXPECT_EQ(number_at(bytes, 456 + 40, 4), 8u);   // the second one's kind
  const std::size_t offset = number_at(bytes, 456 + 40 + 24, 8);
  EXPECT_EQ(offset % 8, 0u);
  EXPECT_EQ(bytes.substr(offset, number_at(bytes, 456 + 40 + 32, 8)), "abcdefghi");
  EXPECT_EQ(bytes, serialize(xclbin));
  xclbin.sections[0].data[0] = '2';
  EXPECT_NE(bytes.substr(304 + 112, 16), serialize(xclbin).substr(304 + 112, 16))
      << "another file, another UUID";
  xclbin.platform.assign(64, 'p');
  EXPECT_THROW(serialize(xclbin), std::runtime_error);
}

TEST(XclbinFile, SectionOutsideTheFileIsRefused) {
  const test::TemporaryDirectory folder;
  Xclbin xclbin;
  xclbin.sections = {{SectionKind::kBitstream, "12345"}};
  std::string bytes = serialize(xclbin);
  bytes[456 + 24 + 5] = 1;  // its offset
  test::write_file(folder.file("x"), bytes);
  EXPECT_THROW(inspect_xclbin(folder.file("x")), std::runtime_error);
}

TEST(Kernel, ArgumentsAreTheRegisters) {
  const std::vector<KernelArgument>& arguments = kernel_arguments();
  EXPECT_EQ(arguments[kKernelProgram].offset, isa::kRegisterProgram);
  EXPECT_EQ(arguments[kKernelRecord].offset, isa::kRegisterRecord);
  EXPECT_EQ(arguments[kKernelWatchdog].offset, isa::kRegisterWatchdog);
  EXPECT_EQ(arguments[kKernelWindow + 3].offset, isa::kRegisterWindow + 24);
  EXPECT_EQ(arguments[kKernelArgument].offset, isa::kRegisterArgument);
  EXPECT_EQ(arguments.back().offset + 8, isa::kRegisterArgumentEnd);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    EXPECT_EQ(arguments[i].pointer, i == static_cast<std::size_t>(kKernelMemory));
    EXPECT_TRUE(i == 0 || arguments[i].offset > arguments[i - 1].offset);
  }
}

TEST(Kernel, TopologyHoldsTheMemory) {
  const std::string topology = memory_topology(1 << 20);
  EXPECT_EQ(topology.size(), 48u);
  EXPECT_EQ(number_at(topology, 8 + 8, 8), 1020u);  // KiB
  EXPECT_EQ(number_at(topology, 8 + 16, 8), 4096u);
}

}  // namespace
}  // namespace heddle::sim::emulation
