// Each message of the verifiers of the tile program.
#include <gtest/gtest.h>

#include <stdexcept>

#include "compiler/tiles/text.hpp"

namespace heddle::test {
namespace {

// A program on `edge`'s memories: body between the declarations and the end.
std::string program(const std::string& body) {
  return "tiles 1\n"
         "config rows=16 columns=16 lanes=16 bus_bytes=16 axi_ports=1 weight_rows=2 a_bytes=65536 "
         "w_bytes=131072 "
         "c_bytes=8192 v_bytes=262144 s_bytes=8192 acc_bytes=32768 icache_bytes=8192 address_bits=40 "
         "queue_depth=4\n"
         "operation @0 \"\"\n"
         "segment &0 layers constant 512\n"
         "program p {\n"
         "  register %n s1 1 4\n"
         "  register %wide s20 0 0\n"
         "  register %one s21 0 0\n"
         "  register %other s20 0 0\n"
         "  region x v 0 8\n"
         "  region y v 1024 8\n"
         "  region near v 8 8\n"
         "  region s s 0 32\n" +
         body + "}\n";
}

void expect_error(const std::string& body, const std::string& message) {
  try {
    tiles::parse(program(body), "text");
    ADD_FAILURE() << "no error, expected: " << message;
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
  }
}

void expect_legal(const std::string& body) { EXPECT_NO_THROW(tiles::parse(program(body), "text")) << body; }

TEST(TileVerifier, Fields) {
  expect_legal("  vector @0: columns=16 rows=2 outer=1 a_addr=x a_row=1 reduce=sum red_addr=s s_row=1\n");
  expect_error("  vector @0: columns=70000\n", "field columns holds 70000, which is not from 0 to 65535");
  expect_error("  vector @0: mask_limit=40000\n",
               "field mask_limit holds 40000, which is not from -32768 to 32767");
  expect_error("  vector @3: columns=1\n", "a tag is not declared");
  expect_error("  add %n, %zero, 1\n  vector @0: mask=%n\n", "field mask cannot take register s1");
  expect_error("  add %wide, %zero, 1\n  vector @0: rows=%wide\n", "field rows cannot take register s20");
  expect_error("  add %n, %zero, 1\n  vector @0: rows=%n outer=%n columns=%n a_row=%n\n",
               "4 fields take registers, three can");
}

TEST(TileVerifier, Operands) {
  expect_error("  vector @0: columns=17 rows=5 outer=1 a_addr=x a_row=2\n",
               "field a_addr reaches [0, 10) of region x");
  expect_error("  vector @0: columns=16 rows=2 outer=1 a_addr=x a_row=1 reduce=sum red_addr=s+31 s_row=1\n",
               "field red_addr reaches [31, 33) of region s");
  expect_error("  add %n, %zero, 1\n  vector @0: columns=16 rows=%n outer=1 a_addr=x+5 a_row=1\n",
               "field a_addr reaches [5, 9) of region x");
  expect_error("  vector @0: columns=16 rows=1 outer=1 a_addr=x u_addr=near pre_mul=u\n",
               "streams A (x) and U (near) are in the same bank of V");
  expect_legal("  vector @0: columns=16 rows=1 outer=1 a_addr=x u_addr=y pre_mul=u\n");
  expect_error("  load @0: buffer=v rows=2 row_bytes=512 local_addr=x local_stride=64\n",
               "field local_addr reaches [0, 9) of region x");
}

TEST(TileVerifier, Registers) {
  expect_error("  vector @0: rows=%n\n", "register n is read before it is written");
  expect_error("  add %wide, %zero, 1\n  add %other, %zero, 1\n  add %n, %wide, 1\n",
               "register wide is read before it is written");
  expect_error("  add %one, %zero, 1\n  if eq %one, %zero {\n    add %n, %zero, 1\n  }\n  add %n, %n, 1\n",
               "register n is read before it is written");
  expect_error("  loop %n {\n  }\n", "register n is read before it is written");
}

TEST(TileVerifier, Tokens) {
  expect_error("  wait weights_full\n  load @0 signal weights_full:\n",
               "the wait for semaphore weights_full stands before its signal");
  // An instruction waits in the queue of its unit, which is as deep as the configuration says.
  const std::string waiting = "  matrix @0 wait weights_full:\n",
                    others = "  matrix @0:\n  matrix @0:\n  matrix @0:\n",
                    full = "  load @0 signal weights_full:\n";
  expect_legal(waiting + others + full);
  expect_error(waiting + others + "  matrix @0:\n" + full,
               "the wait for semaphore weights_full fills the queue of its unit before its signal");
  expect_error(waiting, "the wait for semaphore weights_full finds no signal");
  expect_error("  add %wide, %zero, 3\n  loop %wide {\n  " + waiting + "  }\n",
               "the wait for semaphore weights_full finds no signal");
  expect_error("  add %wide, %zero, 3\n  signal result\n  loop %wide {\n    vector @0 wait result:\n  }\n",
               "takes semaphore result from 1 to 0 tokens");
  expect_error(
      "  add %wide, %zero, 3\n  if ne %wide, %zero {\n    matrix @0 signal result:\n  }\n"
      "  vector @0 wait result:\n",
      "the wait for semaphore result finds no signal");
  // The same test again goes the same way.
  expect_legal(
      "  add %wide, %zero, 3\n  if ne %wide, %zero {\n    matrix @0 signal result:\n  }\n"
      "  if ne %wide, %zero {\n    vector @0 wait result:\n  }\n");
  // What every pass but the last fetches for the next one.
  expect_legal(
      "  add %one, %zero, 1\n  add %wide, %zero, 3\n  signal result\n  loop %wide {\n"
      "    vector @0 wait result:\n    if ne %wide, %one {\n      matrix @0 signal result:\n    }\n  }\n");
}

TEST(TileVerifier, Structure) {
  expect_error("  branch_eq %zero, %zero, 3\n", "jumps are loops and branches here");
  expect_error("  add %one, %zero, &7+1\n", "a segment is not declared");
}

TEST(TileVerifier, Regions) {
  expect_error("  region far v 4090 8\n", "region far [4090, +8) lies outside memory v of 4096");
  expect_error("  region both v 1020 8\n", "region both lies in two banks of memory v");
}

}  // namespace
}  // namespace heddle::test
