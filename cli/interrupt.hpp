// Ctrl-C: long work ends at its next look, and the program soon after whatever it does.
#pragma once

namespace heddle::cli {

/// What check_interrupt throws. No std::exception: nothing that turns errors into rows or messages takes it.
struct Interrupted {
  int signal;
};

/// From here on SIGINT and SIGTERM are noted instead of killing, those too that end a child while std::system
/// keeps them from this process. What has not ended three seconds later, or when a second one arrives, is
/// ended then and there; its unfinished files are removed. A signal that the caller ignores stays ignored.
void watch_interrupts();

/// Throws Interrupted once a signal has arrived. Long work calls it often: a callback of a device's progress,
/// a token, a step; Progress::show calls it too.
void check_interrupt();

/// Says on stderr that the program was interrupted; its exit status, 128 and the signal's number. 0 and
/// nothing said where no signal has arrived.
int end_of_interrupt();

/// Removes the file where the program is ended before it can clean up. `path` must live until it is
/// forgotten.
void remove_if_killed(const char* path);
void forget_file(const char* path);

}  // namespace heddle::cli
