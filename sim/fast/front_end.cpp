#include "sim/fast/front_end.hpp"

namespace heddle::sim::fast {

void FrontEnd::start(const isa::StartArguments& arguments, const ProgramMemory& memory, std::uint64_t first) {
  fetch_.start(arguments.program, memory);
  scalar_.start(arguments, memory);
  awake_ = asks_ = true;
  next_ = first;
  executed_ = fetch_stall_ = scalar_wait_ = 0;
}

/// step(). `kQuiet`: in.quiet(), and fetch is behind the header.
template <bool kQuiet>
[[gnu::always_inline]] inline void FrontEnd::step_as(const Windows& windows, const Inputs& in) {
  const bool quad_valid = fetch_.quad_valid();
  fetch_stall_ += scalar_.wants_quad() && !quad_valid;
  scalar_wait_ += scalar_.waiting();
  // What the scalar unit shows in this cycle.
  const Fetch::Inputs f = {
      in.stop,  scalar_.takes_quad(), scalar_.redirects(), scalar_.redirect_pc(), in.filled,
      in.error, in.fetch_granted};
  if (in.queues != nullptr && scalar_.dispatches() && !in.blocked)
    in.queues->wait_behind(scalar_.unit(), scalar_.tile(), scalar_.base(), scalar_.pc());
  asks_ = scalar_.moves(quad_valid, in.units_idle, in.blocked);
  if (asks_ || (!kQuiet && in.reaches_scalar())) {
    asks_ |= scalar_.step<kQuiet>(windows, fetch_,
                                  {in.stop, quad_valid, in.units_idle, in.blocked, in.tokens_granted,
                                   in.word_granted, in.word, in.error},
                                  &executed_);
  }
  awake_ = fetch_.step<kQuiet>(windows, f) || asks_;
}

void FrontEnd::step(const Windows& windows, std::uint64_t now, const Inputs& in) {
  wait_until(now);
  next_ = now + 1;
  if (in.quiet() && fetch_.running())
    step_as<true>(windows, in);
  else
    step_as<false>(windows, in);
}

std::uint64_t FrontEnd::run(const Windows& windows, Issue& issue, bool bus_full, std::uint64_t now,
                            std::uint64_t end) {
  if (!fetch_.running() || now >= end) return now;
  wait_until(now);
  Inputs in;
  in.units_idle = issue.idle();
  in.queues = &issue;
  while (now < end && awake_) {
    if (reaches_issue(issue) || (requests_bus() && !bus_full)) break;
    if (now + Scalar::kTileCycles <= end && scalar_.takes_tile(fetch_.quad()) && fetch_.flows()) {
      const std::uint64_t pc = fetch_.quad().pc;
      now += scalar_.take_tile(fetch_.flow(), pc);
      asks_ = true;
      continue;
    }
    in.blocked = blocked(issue);
    step_as<true>(windows, in);
    ++now;
  }
  next_ = now;
  return now;
}

void FrontEnd::drain(const Windows& windows) {
  Fetch::Inputs rest = {};
  rest.stop = true;
  while (fetch_.step<false>(windows, rest)) {
  }
}

}  // namespace heddle::sim::fast
