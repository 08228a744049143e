// AMD's boards: kernel.xml against the register map, every file that a printed command names, estimates
// against the device, and what build and flash do with stand-ins for the vendor's tools. No tool of the
// vendor is needed.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "isa/config_file.hpp"
#include "isa/generate/writers.hpp"
#include "isa/registers.hpp"
#include "sim/emulation/xclbin.hpp"
#include "tests/cli/program.hpp"

namespace heddle::boards {
namespace {

using cli_test::Folder;
using cli_test::heddle;
using cli_test::Outcome;
namespace fs = std::filesystem;

const char* const kBoards[] = {"kv260", "zcu104", "u250", "u55c"};

std::string committed_kernel(const std::string& board) {
  return cli_test::read(cli_test::source("boards/" + board + "/kernel.xml"));
}

/// What of a kernel.xml contradicts the registers, read without the generator; empty: nothing.
std::string kernel_fault(const std::string& xml, const isa::Config& config) {
  std::map<std::string, std::uint64_t> wanted = {{"program", isa::kRegisterProgram},
                                                 {"record", isa::kRegisterRecord},
                                                 {"watchdog", isa::kRegisterWatchdog}};
  for (std::uint32_t i = 0; i < isa::kWindows; ++i) {
    wanted["window" + std::to_string(i) + "_base"] = isa::kRegisterWindow + 16 * i;
    wanted["window" + std::to_string(i) + "_size"] = isa::kRegisterWindow + 16 * i + 8;
  }
  for (std::uint32_t i = 0; i < isa::kArguments; ++i) {
    wanted["argument" + std::to_string(i)] = isa::kRegisterArgument + 8 * i;
  }
  const std::regex argument(
      R"re(<arg name="([^"]+)".*? id="(\d+)" port="([^"]+)" size="0x8" offset="([^"]+)")re");
  std::set<std::uint64_t> taken;
  std::uint64_t id = 0;
  for (std::sregex_iterator at(xml.begin(), xml.end(), argument), end; at != end; ++at) {
    const std::string name = (*at)[1];
    const std::uint64_t offset = std::stoull((*at)[4], nullptr, 0);
    if (std::stoull((*at)[2]) != id++) return name + " has another place";
    if (!taken.insert(offset).second) return name + " shares a register";
    if (name == "memory") {  // the runtime's, in a gap of the register map
      if ((*at)[3] != "m_axi_gmem" || offset < 0x28 || offset >= isa::kRegisterWindow) return "memory";
      continue;
    }
    if ((*at)[3] != "s_axi_control" || !wanted.contains(name) || wanted[name] != offset) return name;
    wanted.erase(name);
  }
  if (!wanted.empty()) return wanted.begin()->first + " is missing";
  const std::string width = "dataWidth=\"" + std::to_string(8 * config.bus_bytes) + "\"";
  return xml.find("\"m_axi_gmem\" mode=\"master\"") < xml.find(width) && xml.find(width) != std::string::npos
             ? ""
             : "the memory port's width";
}

TEST(Kernel, DescriptionIsThatOfTheRegisterMap) {
  for (const char* board : kBoards) {
    const isa::NamedConfig config = isa::load_config(board);
    const std::string xml = committed_kernel(board);
    EXPECT_EQ(xml, isa::generate::kernel_xml(config.config, config.name))
        << "run: cmake --build build --target contract";
    EXPECT_EQ(kernel_fault(xml, config.config), "") << board;
  }
}

TEST(Kernel, DamagedDescriptionsAreFound) {
  const isa::Config config = isa::load_config("u250").config;
  const std::string good = committed_kernel("u250");
  const auto fault = [&](const std::string& from, const std::string& to) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    return kernel_fault(bad, config);
  };
  EXPECT_EQ(fault("0x040", "0x048"), "window0_base");
  EXPECT_EQ(fault("\"argument3\"", "\"argument4\""), "argument4");
  EXPECT_EQ(fault("id=\"5\"", "id=\"6\""), "window0_size has another place");
  EXPECT_EQ(fault("dataWidth=\"512\"", "dataWidth=\"256\""), "the memory port's width");
  const std::size_t last = good.rfind("      <arg ");
  EXPECT_EQ(kernel_fault(good.substr(0, last) + good.substr(good.find('\n', last) + 1), config),
            "argument" + std::to_string(isa::kArguments - 1) + " is missing");
}

TEST(Kernel, RefusesWhatAKernelCannotBe) {
  EXPECT_THROW(isa::generate::kernel_xml(isa::load_config("server").config, "server"), std::runtime_error);
  EXPECT_THROW(isa::generate::kernel_wrapper(isa::load_config("nano").config, "nano"), std::runtime_error);
}

/// The words of a shell command, without their single quotes.
std::vector<std::string> words(const std::string& command) {
  std::vector<std::string> out;
  const std::regex word(R"((?:[A-Z_]+=)?'([^']*)'|(\S+))");
  for (std::sregex_iterator at(command.begin(), command.end(), word), end; at != end; ++at) {
    out.push_back((*at)[1].matched ? (*at)[1].str() : (*at)[2].str());
  }
  return out;
}

/// The first file that a printed command reads and that neither exists nor was made before; empty: none.
std::string absent_file(const std::string& printed, const std::string& output) {
  std::set<std::string> made = {output, output + "/_x", output + "/platform", output + "/heddle"};
  std::istringstream lines(printed);
  std::vector<std::string> coming;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# heddle writes ")) {
      const std::regex name(R"(heddle[a-z_]*\.[a-z]+|sources\.f)");
      for (std::sregex_iterator at(line.begin() + 16, line.end(), name), end; at != end; ++at) {
        made.insert(output + "/" + at->str());
      }
    } else if (line.starts_with("# ")) {
      coming.clear();
      const std::size_t makes = line.find(": makes ");
      std::istringstream names(makes == std::string::npos ? "" : line.substr(makes + 8));
      for (std::string name; std::getline(names, name, ',');) coming.push_back(name.substr(name.find('/')));
    } else {
      for (const std::string& word : words(line)) {
        const std::string path = word.substr(std::min(word.find('/'), word.size()));
        if (!path.starts_with('/') || path != word.substr(word.size() - path.size())) continue;
        if (std::count(coming.begin(), coming.end(), path) || made.contains(path)) continue;
        if (path.starts_with(output) || !fs::exists(path)) return path;
      }
      made.insert(coming.begin(), coming.end());
    }
  }
  return "";
}

TEST(VitisBuild, EveryFileOfEveryPrintedCommandExists) {
  const Folder folder;
  const std::string output = folder.file("out");
  for (const std::string board : kBoards) {
    for (const std::string design : {"rtl", "hls"}) {
      const Outcome printed = heddle({"build", board, "--print", "--design", design, "--output", output});
      ASSERT_EQ(printed.status, 0) << printed.err;
      EXPECT_EQ(absent_file(printed.out, output), "") << printed.out;
      EXPECT_FALSE(fs::exists(output));
    }
    const Outcome sources = heddle({"build", board, "--sources", "--output", output});
    ASSERT_EQ(sources.status, 0) << sources.err;
    std::istringstream files(cli_test::read(output + "/sources.f"));
    int count = 0;
    for (std::string file; std::getline(files, file); ++count) EXPECT_TRUE(fs::is_regular_file(file)) << file;
    EXPECT_GT(count, 50);
    fs::remove_all(output);
  }
  // The walk itself sees a file that is not there, and one that is used before it is made.
  EXPECT_EQ(absent_file("# a\nvivado -source '/nowhere/a.tcl'\n", output), "/nowhere/a.tcl");
  EXPECT_EQ(absent_file("# a\ncp '" + output + "/b' x\n# b: makes " + output + "/b\nb\n", output),
            output + "/b");
}

/// Stand-ins for the vendor's tools, on a PATH that has nothing else.
class VitisTools : public testing::Test {
 protected:
  void SetUp() override {
    const char* path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    fs::create_directories(folder.file("tools"));
    fs::create_directories(folder.file("pci"));
    for (const char* name : {"cp", "install", "mkdir"})
      fs::create_symlink(fs::path("/bin") / name, folder.file("tools/") + name);
    setenv("PATH", folder.file("tools").c_str(), 1);
  }
  void TearDown() override { setenv("PATH", path_.c_str(), 1); }

  void tool(const std::string& name, const std::string& script) {
    const std::string file = folder.file("tools/" + name);
    std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
    fs::permissions(file, fs::perms::owner_all);
  }
  /// A file as v++ leaves it: for a platform, with the clock that was reached.
  void linked(const std::string& file, const std::string& platform, int mhz,
              sim::emulation::XclbinMode mode = sim::emulation::XclbinMode::kFlat) {
    std::string clocks(2 + 136, '\0');
    clocks[0] = 1;
    clocks[2] = static_cast<char>(mhz & 0xFF);
    clocks[3] = static_cast<char>(mhz >> 8);
    clocks[4] = 1;
    std::ofstream(file, std::ios::binary) << sim::emulation::serialize(
        {mode, platform, {{sim::emulation::SectionKind::kClockFrequencies, clocks}}});
  }
  Outcome build(const std::string& board, const std::string& platform, int mhz) {
    linked(folder.file("linked"), platform, mhz);
    tool("vivado", "for x in \"$@\"; do last=$x; done; echo made > \"$last\"");
    tool("v++", "while [ $# -gt 0 ]; do [ \"$1\" = --output ] && cp '" + folder.file("linked") +
                    "' \"$2\"; shift; done; mkdir -p _x/link/int");
    return heddle({"build", board, "--output", folder.file("out")});
  }
  Outcome flash(const std::string& board) {
    return heddle({"flash", board, "--output", folder.file("out"), "--pci", folder.file("pci"), "--model",
                   folder.file("model")});
  }
  void card(const std::string& platform) {
    fs::create_directories(folder.file("pci/0000:3b:00.1/rom.u.0"));
    std::ofstream(folder.file("pci/0000:3b:00.1/rom.u.0/VBNV")) << platform << "\n";
  }
  const std::string u250 = "xilinx_u250_gen3x16_xdma_4_1_202210_1";
  const Folder folder;
  std::string path_;
};

TEST_F(VitisTools, MissingOnesAreNamedWithTheRemedy) {
  for (const std::string board : kBoards) {
    const Outcome outcome = heddle({"build", board, "--output", folder.file("out")});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find("needs vivado, which is not installed: install Vitis"), std::string::npos)
        << outcome.err;
    EXPECT_FALSE(fs::exists(folder.file("out")));
  }
  const Outcome hls = heddle({"build", "u250", "--design", "hls", "--output", folder.file("out")});
  EXPECT_NE(hls.err.find("needs vitis_hls"), std::string::npos) << hls.err;
}

TEST_F(VitisTools, CardIsLoadedOnlyWithItsOwnBitstream) {
  EXPECT_NE(flash("u250").err.find("run `heddle build u250"), std::string::npos);
  tool("vivado", "exit 3");
  tool("v++", "exit 3");
  EXPECT_NE(heddle({"build", "u250", "--output", folder.file("out")}).err.find("kernel failed, see the logs"),
            std::string::npos);
  EXPECT_NE(build("u250", "xilinx_u200_gen3x16", 200).err.find("is for platform 'xilinx_u200_gen3x16'"),
            std::string::npos);
  EXPECT_NE(flash("u250").err.find("run `heddle build u250"), std::string::npos);  // it left nothing to load
  EXPECT_NE(build("u250", u250, 187).err.find("timing is missed"), std::string::npos);
  EXPECT_NE(flash("u250").err.find("missed its timing (187.0 of 200 MHz)"), std::string::npos);

  const Outcome built = build("u250", u250, 200);
  ASSERT_EQ(built.status, 0) << built.err;
  EXPECT_NE(built.out.find("timing met"), std::string::npos);
  EXPECT_NE(flash("u250").err.find("reports no card"), std::string::npos);
  card("xilinx_u55c_gen3x16_xdma_base_3");
  EXPECT_NE(flash("u250").err.find("another platform: 'xilinx_u55c_gen3x16_xdma_base_3'"), std::string::npos);
  card("xilinx_u250_gen3x16_xdma_shell_4_1");
  EXPECT_NE(flash("u250").err.find("xbutil is not installed"), std::string::npos);
  tool("xbutil", "echo \"$@\" > '" + folder.file("asked") + "'");
  const Outcome loaded = flash("u250");
  EXPECT_EQ(loaded.status, 0) << loaded.err;
  EXPECT_EQ(cli_test::read(folder.file("asked")),
            "program --device 0000:3b:00.1 --user " + folder.file("out/u250.xclbin") + "\n");
  EXPECT_NE(flash("u55c").err.find("run `heddle build u55c"), std::string::npos);

  // A file that was put in the place of the one that was built.
  linked(folder.file("out/u250.xclbin"), u250, 200, sim::emulation::XclbinMode::kHardwareEmulation);
  EXPECT_NE(flash("u250").err.find("is for emulation"), std::string::npos);
  fs::resize_file(folder.file("out/u250.xclbin"), 300);
  EXPECT_NE(flash("u250").err.find("is truncated"), std::string::npos);
}

TEST_F(VitisTools, BoardWithAProcessorLoadsItself) {
  tool("xsct", "exit 0");
  for (const char* name : {"bootgen", "dtc", "xclbinutil"}) {
    tool(name, "while [ $# -gt 1 ]; do case $1 in -o|--output) echo made > \"$2\";; esac; shift; done");
  }
  const Outcome built = build("zcu104", "heddle_zynqmp_heddle_zcu104_1_0", 200);
  ASSERT_EQ(built.status, 0) << built.err;
  for (const char* file : {"heddle.bit.bin", "heddle.dtbo", "heddle.xclbin", "shell.json"}) {
    EXPECT_TRUE(fs::is_regular_file(folder.file("out/heddle/") + file)) << file;
  }
  EXPECT_NE(flash("zcu104").err.find("this computer is no board with a device tree"), std::string::npos);
  std::ofstream(folder.file("model")) << "ZynqMP SMK-K26 Rev1/B/A" << '\0';
  EXPECT_NE(flash("zcu104").err.find("is 'ZynqMP SMK-K26 Rev1/B/A', not the board"), std::string::npos);
  std::ofstream(folder.file("model")) << "ZynqMP ZCU104 RevC" << '\0';
  EXPECT_NE(flash("zcu104").err.find("fpgautil is not installed: it is part of the board's Linux image"),
            std::string::npos);
  tool("fpgautil", "exit 5");
  EXPECT_NE(flash("zcu104").err.find("fpgautil failed"), std::string::npos);
  tool("fpgautil", "pwd > '" + folder.file("asked") + "'; echo \"$@\" >> '" + folder.file("asked") + "'");
  EXPECT_EQ(flash("zcu104").status, 0);
  EXPECT_EQ(cli_test::read(folder.file("asked")),
            folder.file("out/heddle") + "\n-b heddle.bit.bin -o heddle.dtbo -f Full -n Full\n");
}

TEST(VitisBuild, OptionsOfOtherBoardsAreRefused) {
  const Outcome outcome = heddle({"build", "icebreaker", "--estimate"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("are for AMD's boards"), std::string::npos) << outcome.err;
}

TEST(Estimates, FitTheDeviceWithAFifthToSpare) {
  const Folder folder;
  for (const std::string board : kBoards) {
    const Outcome outcome = heddle({"build", board, "--estimate", "--json", folder.file("e.json")});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const nlohmann::json estimate = cli_test::read_json(folder.file("e.json"));
    EXPECT_EQ(estimate["cells"].size(), 5u);
    for (const auto& cell : estimate["cells"]) {
      EXPECT_GT(cell["used"].get<double>(), 0) << board << cell;
      EXPECT_LE(cell["used"].get<double>(), 0.8 * cell["region"].get<double>()) << board << cell;
      EXPECT_LE(cell["region"].get<double>(), cell["device"].get<double>()) << board << cell;
    }
    EXPECT_TRUE(estimate["fits"].get<bool>()) << outcome.out;
    if (estimate["stale"]) {
      std::printf("%s: the estimate is of an earlier RTL: scripts/estimate_boards.sh %s renews it\n",
                  board.c_str(), board.c_str());
    }
  }
}

TEST(SelfTest, ComparesAnEmulatedBoardWithTheGoldenModel) {
  if (heddle({"devices"}).out.find("\nxrt        yes") == std::string::npos)
    GTEST_SKIP() << "the xrt target is not available";
  const Folder folder;
  const Outcome outcome = heddle(
      {"selftest", "kv260", "--emulate", "fast", "--memory", "65536", "--json", folder.file("s.json")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("emulated kv260 passes"), std::string::npos) << outcome.out;
  const nlohmann::json json = cli_test::read_json(folder.file("s.json"));
  EXPECT_EQ(json["memory_bytes"], 65536);
  EXPECT_GT(json["layer_macs"], 0);
  EXPECT_GT(json["decode_instructions"], 0);
  const auto error_of = [](std::vector<std::string> arguments) {
    const Outcome bad = heddle(arguments);
    EXPECT_EQ(bad.status, 1);
    return bad.err;
  };
  EXPECT_NE(error_of({"selftest", "kv260", "--xclbin", folder.file("none.xclbin")}).find("none.xclbin"),
            std::string::npos);
  EXPECT_NE(error_of({"selftest", "u250", "--port", "/dev/ttyUSB1"}).find("no serial line"),
            std::string::npos);
  EXPECT_NE(error_of({"selftest", "icesugar", "--xclbin", "x"}).find("loads no xclbin"), std::string::npos);
}

}  // namespace
}  // namespace heddle::boards
