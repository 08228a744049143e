// libheddle_hwemu.so: stands where XRT looks for its emulation library, loads the real one, and mends what
// keeps it from being used as it is (libxrt_hwemu 2.13.466):
//  * its message buffer grows with realloc, whose result is dropped: the old, freed buffer is used further;
//  * it sleeps whole seconds between looks at what takes microseconds;
//  * a simulator that ends is not noticed: the host spins for ever, or dies of SIGPIPE without a word;
//  * it waits five minutes for a simulator that could not be unpacked or started;
//  * it writes a log beside the host's program.
// The real library's calls into libc go through its global offset table, whose entries are replaced here;
// nothing else in the process is touched.
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr const char* kRealLibrary = "libxrt_hwemu.so.2";
constexpr std::size_t kBufferBytes = 32 << 20;  // larger than every message: 8 MiB of data and its envelope
constexpr useconds_t kNap = 200;                // microseconds, instead of a second
constexpr int kConnectMilliseconds = 9000;      // for the simulator to start and connect
constexpr int kMostSockets = 4096;
constexpr std::size_t kRequestHeader = 14;  // bytes; the call's number is in the last four
constexpr std::uint32_t kCloseCall = 1;

std::atomic<pid_t> simulator{0};
std::atomic<bool> closing{false};             // the host has told the simulator to end
std::atomic<bool> is_socket[kMostSockets]{};  // file descriptors of connections to the simulator

bool connected(int file) { return file >= 0 && file < kMostSockets && is_socket[file]; }

/// Whether the simulator has ended, without taking its status away from the runtime. `text` says how.
bool simulator_ended(char* text, std::size_t size) {
  siginfo_t info = {};
  const pid_t pid = simulator;
  if (pid == 0) return false;
  if (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) {
    return false;
  }
  std::snprintf(text, size, info.si_code == CLD_EXITED ? "exit status %d" : "killed by signal %d",
                info.si_status);
  return true;
}

/// Ends the host: inside the runtime there is no way to report an error. Other threads may hold any lock.
[[noreturn]] void give_up(const char* what) {
  char how[64] = "";
  for (int i = 0; i < 100 && !simulator_ended(how, sizeof how); ++i) usleep(1000);
  const bool known = how[0] != '\0';
  dprintf(STDERR_FILENO, "hardware emulation: %s%s%s%s\n", what, known ? " (" : "", how, known ? ")" : "");
  if (simulator != 0 && !known) kill(simulator, SIGKILL);
  _exit(1);
}

constexpr const char* kEnded = "the simulator process ended while the device was in use";

extern "C" {

unsigned int mended_sleep(unsigned int) {
  usleep(kNap);
  return 0;
}

void* mended_malloc(std::size_t size) { return std::malloc(std::max(size, kBufferBytes)); }

void* mended_realloc(void* buffer, std::size_t size) {
  if (buffer == nullptr) return mended_malloc(size);
  if (size > kBufferBytes) give_up("a message is larger than its buffer");
  return buffer;
}

pid_t mended_fork() {
  const pid_t pid = fork();
  if (pid > 0) {
    simulator = pid;
    closing = false;
  }
  return pid;
}

int mended_system(const char* command) {
  const int status = std::system(command);
  if (status == 0 || std::strncmp(command, "unzip", 5) != 0) return status;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    give_up("unzip is not installed, which the Xilinx Runtime needs (apt-get install unzip)");
  }
  give_up("the simulator could not be unpacked: unzip failed; is the disk full?");
}

int mended_accept(int listener, sockaddr* address, socklen_t* length) {
  pollfd waiting = {listener, POLLIN, 0};
  constexpr int kStep = 10;
  char how[64];
  for (int waited = 0; poll(&waiting, 1, kStep) == 0; waited += kStep) {
    if (simulator_ended(how, sizeof how)) give_up("the simulator process ended before it answered");
    if (waited > kConnectMilliseconds && !closing) give_up("the simulator process does not answer");
  }
  const int file = accept(listener, address, length);
  if (file >= 0 && file < kMostSockets) is_socket[file] = true;
  return file;
}

int mended_close(int file) {
  if (connected(file)) is_socket[file] = false;
  return close(file);
}

ssize_t mended_read(int file, void* to, std::size_t size) {
  const ssize_t got = read(file, to, size);
  const bool end = got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
  if (size != 0 && end && connected(file) && !closing) give_up(kEnded);
  return got;
}

ssize_t mended_write(int file, const void* from, std::size_t size) {
  if (!connected(file)) return write(file, from, size);
  if (size == kRequestHeader) {
    std::uint32_t call;
    std::memcpy(&call, static_cast<const char*>(from) + kRequestHeader - sizeof call, sizeof call);
    if (call == kCloseCall) closing = true;
  }
  const ssize_t sent = send(file, from, size, MSG_NOSIGNAL);
  if (sent < 0 && errno != EINTR && !closing) give_up(kEnded);
  return sent;
}

ssize_t mended_readlink(const char* path, char* to, std::size_t size) {
  const char* folder = std::getenv("SDACCEL_EM_RUN_DIR");
  if (folder == nullptr || std::strcmp(path, "/proc/self/exe") != 0) return readlink(path, to, size);
  char name[4096];
  std::snprintf(name, sizeof name, "%s/host", folder);
  const std::size_t length = std::min(std::strlen(name), size);
  std::memcpy(to, name, length);
  return static_cast<ssize_t>(length);
}

}  // extern "C"

struct Replacement {
  const char* name;
  void* function;
};
const Replacement kReplacements[] = {
    {"sleep", reinterpret_cast<void*>(&mended_sleep)},
    {"malloc", reinterpret_cast<void*>(&mended_malloc)},
    {"realloc", reinterpret_cast<void*>(&mended_realloc)},
    {"fork", reinterpret_cast<void*>(&mended_fork)},
    {"system", reinterpret_cast<void*>(&mended_system)},
    {"accept", reinterpret_cast<void*>(&mended_accept)},
    {"close", reinterpret_cast<void*>(&mended_close)},
    {"read", reinterpret_cast<void*>(&mended_read)},
    {"write", reinterpret_cast<void*>(&mended_write)},
    {"readlink", reinterpret_cast<void*>(&mended_readlink)},
};

void replace(ElfW(Addr) slot, void* function) {
  const auto page = static_cast<ElfW(Addr)>(sysconf(_SC_PAGESIZE));
  void* start = reinterpret_cast<void*>(slot / page * page);
  mprotect(start, page, PROT_READ | PROT_WRITE);  // the table is read-only once the library is loaded
  *reinterpret_cast<void**>(slot) = function;
  mprotect(start, page, PROT_READ);
}

__attribute__((constructor)) void mend() {
  void* handle = dlopen(kRealLibrary, RTLD_LAZY | RTLD_NOLOAD);
  link_map* map = nullptr;
  if (handle == nullptr || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) {
    std::fprintf(stderr, "hardware emulation: %s is not loaded: %s\n", kRealLibrary, dlerror());
    return;
  }
  const ElfW(Rela) * tables[2] = {};
  std::size_t bytes[2] = {};
  const ElfW(Sym)* symbols = nullptr;
  const char* names = nullptr;
  for (const ElfW(Dyn)* entry = map->l_ld; entry->d_tag != DT_NULL; ++entry) {
    switch (entry->d_tag) {
      case DT_JMPREL:
        tables[0] = reinterpret_cast<const ElfW(Rela)*>(entry->d_un.d_ptr);
        break;
      case DT_PLTRELSZ:
        bytes[0] = entry->d_un.d_val;
        break;
      case DT_RELA:
        tables[1] = reinterpret_cast<const ElfW(Rela)*>(entry->d_un.d_ptr);
        break;
      case DT_RELASZ:
        bytes[1] = entry->d_un.d_val;
        break;
      case DT_SYMTAB:
        symbols = reinterpret_cast<const ElfW(Sym)*>(entry->d_un.d_ptr);
        break;
      case DT_STRTAB:
        names = reinterpret_cast<const char*>(entry->d_un.d_ptr);
        break;
      default:
        break;
    }
  }
  for (int t = 0; t < 2; ++t) {
    for (std::size_t i = 0; i < bytes[t] / sizeof(ElfW(Rela)); ++i) {
      const ElfW(Rela)& relocation = tables[t][i];
      const auto symbol = ELF64_R_SYM(relocation.r_info);
      if (symbol == 0) continue;
      for (const Replacement& replacement : kReplacements) {
        if (std::strcmp(names + symbols[symbol].st_name, replacement.name) == 0) {
          replace(map->l_addr + relocation.r_offset, replacement.function);
        }
      }
    }
  }
  dlclose(handle);  // it stays loaded: this library needs it
}

}  // namespace
