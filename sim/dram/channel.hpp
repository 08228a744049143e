// One DRAM channel: when each burst's column command can be given, first come first served.
//
// Nothing is stepped. A burst is placed when it is submitted, behind all bursts before it; what comes later
// never moves it. So a simulator that works cycle by cycle and one that works event by event get the same
// times. All times are clocks of the memory, from 0 on.
//
// The rules, which docs/memory.md explains:
//  - Column commands are given in the order of arrival. Rows are opened ahead for the `queue_depth` oldest
//    bursts, in that order too; a row stays open until another row of its bank or a refresh needs the bank.
//  - Refreshes fall due on a calendar, at multiples of tREFI or tREFIpb, from the first one on. Bursts whose
//    column command can be given before that go first.
//  - All banks: takes place when due, as soon as the banks can be closed.
//  - Single banks: takes place when due if the queue is empty. Otherwise it is owed, up to kMayOwe of them,
//  and
//    made good where it disturbs least (settled(), choose_bank()); past that it takes place when due.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/dram/column_queue.hpp"
#include "sim/dram/stream.hpp"
#include "sim/dram/timing.hpp"

namespace heddle::sim::dram {

/// Sums over the channels; clocks are the memory's.
struct Counters {
  std::uint64_t row_hits = 0;        // bursts whose row was open
  std::uint64_t row_misses = 0;      // whose bank was closed
  std::uint64_t row_conflicts = 0;   // whose bank had another row open
  std::uint64_t refreshes = 0;       // of a channel, or of a bank
  std::uint64_t refresh_clocks = 0;  // in which a channel, or one of its banks, was being refreshed
  std::uint64_t busy_clocks = 0;     // with data on a channel's pins
  std::uint64_t read_bytes = 0;      // on the pins: whole bursts
  std::uint64_t write_bytes = 0;
};

class Channel {
 public:
  using Time = std::int64_t;

  explicit Channel(const Timing& timing)
      : timing_(timing),
        write_end_(static_cast<Time>(timing.CWL + timing.tDQSS + timing.burst_clocks())),
        read_end_(static_cast<Time>(timing.CL + timing.tDQSCK + timing.burst_clocks())),
        pace_(timing.bank_groups == 1 ? std::max(timing.tCCD_S, timing.tCCD_L) : timing.tCCD_S),
        steady_(pace_ * timing.bank_groups >= timing.tCCD_L ? timing.bank_groups : kNeverSteady),
        steady_banks_(pace_ * timing.bank_groups < static_cast<Time>(timing.tRC)),
        numbers_(timing),
        stream_(numbers_),
        queue_(timing.queue_depth, pace_) {
    reset();
  }

  void reset() {
    banks_.assign(timing_.banks(), Bank());
    queue_.reset();
    stream_.end();
    writes_ = 0;
    last_read_ = last_write_ = last_activate_ = next_single_ = kLongAgo;
    for (Group& group : groups_) group = Group();
    for (Time& time : activates_) time = kLongAgo;
    activates_next_ = 0;
    unrefreshed_ = 0;
    owed_ = hits_in_a_row_ = 0;
    next_refresh_ = interval();
    counters_ = Counters();
  }

  /// Clocks between bursts that follow each other in open rows at the pace of the pins.
  Time pace() const { return pace_; }
  /// How many bursts from number `burst` of the channel on lie in one row of one bank of each group.
  std::uint32_t row_left(std::uint64_t burst) const { return numbers_.row_left(burst); }

  /// Places a burst; returns when its last data are on the pins. `burst`: its number in the channel, in the
  /// order of addresses. `arrival`: when it is in the controller, at least that of the burst before.
  template <bool write>
  Time place(std::uint64_t burst, Time arrival) {
    const std::uint32_t bank = numbers_.bank(burst) | numbers_.group(burst);
    const std::int64_t row = numbers_.row(burst);
    const Time queued = std::max(arrival, queue_.leaves());
    Placement p = try_place<write>(bank, row, queued);
    while (p.column >= next_refresh_) {
      fall_due(arrival > next_refresh_);
      p = try_place<write>(bank, row, queued);
    }
    commit<write>(bank, row, p);
    queue_.push(p.column, 1);
    if (!stream_.has(write, burst)) stream_.begin(write, burst);
    stream_.move(write, burst);
    stream_.go_on(1);
    writes_ += write;
    if (owed_ != 0 && settled()) make_good(p.column);
    return p.column + (write ? write_end_ : read_end_);
  }

  /// As place() of `count` bursts of one arrival from number `burst` on, one after the other, if they go on
  /// with the stream: follow those before them at the pace of the pins, in open rows. Returns when the first
  /// one's last data are on the pins. Otherwise it returns a negative number, and has placed nothing.
  template <bool write>
  [[gnu::always_inline]] Time stream(std::uint64_t burst, std::uint32_t count, Time arrival) {
    const Time next = std::max(arrival, (write ? last_write_ : last_read_) + pace_);
    const Time last = next + (count - 1) * pace_;
    if (!stream_.has(write, burst) || stream_.length() < steady_ || count > row_left(burst)) return -1;
    const bool meets_refreshes =
        last >= next_refresh_ || (owed_ != 0 && hits_in_a_row_ < kSettledHits && count >= until_settled());
    if (meets_refreshes && !passes_refreshes(last, arrival)) return -1;
    stream_.move(write, burst);
    if (meets_refreshes)
      stream_past_refreshes<write>(count, next);
    else
      run_on<write>(count, next, last);
    return next + (write ? write_end_ : read_end_);
  }

  /// Places `count` bursts of one arrival from number `burst` on, at most row_left(), as place() would one
  /// after the other. out(n, end), in their order: of the next n bursts the first has its last data on the
  /// pins at `end`, and each of the others pace() after the one before.
  template <bool write, class Out>
  void place_row(std::uint64_t burst, std::uint32_t count, Time arrival, Out out) {
    std::uint32_t joined = 0;
    Time begin = 0;
    if (!stream_.has(write, burst) && !open(burst)) {
      // The usual way of a row: it is opened, and the others follow.
      begin = place<write>(burst++, arrival);
      joined = 1;
      if (--count == 0 || stream<write>(burst, count, arrival) >= 0) {
        out(joined + count, begin);
        return;
      }
    }
    const auto join = [&](std::uint32_t n, Time end) {
      if (joined != 0 && end != begin + joined * pace_) {
        out(joined, begin);
        joined = 0;
      }
      if (joined == 0) begin = end;
      joined += n;
    };
    while (count != 0) {
      std::uint32_t hits = place_hits<write>(burst, count, arrival, join);
      if (hits == 0) {
        join(1, place<write>(burst, arrival));
        hits = 1;
      }
      count -= hits;
      burst += hits;
    }
    out(joined, begin);
  }

  /// Counters of all bursts placed so far, and of what the calendar has due before `time`.
  Counters counters(Time time) const {
    Channel after = *this;  // asking must not change what comes next
    while (after.next_refresh_ < time) after.fall_due(true);
    Counters counters = after.counters_;
    const std::uint64_t bursts = queue_.bursts();
    counters.row_hits = bursts - counters.row_misses - counters.row_conflicts;
    counters.busy_clocks = bursts * timing_.burst_clocks();
    counters.read_bytes = (bursts - writes_) * timing_.burst_bytes();
    counters.write_bytes = writes_ * timing_.burst_bytes();
    return counters;
  }

 private:
  static constexpr Time kLongAgo = -(Time{1} << 40);
  static constexpr Time kNever = Time{1} << 62;

  struct Bank {
    std::int64_t row = -1;            // open, or -1
    Time column_ready = kLongAgo;     // tRCD after its activate
    Time precharge_ready = kLongAgo;  // tRAS, tRTP, tWR
    Time activate_ready = kLongAgo;   // tRC, tRP, refresh
    Time last_column = kLongAgo;
  };
  struct Group {
    Time last_read = kLongAgo, last_write = kLongAgo, last_activate = kLongAgo;
  };
  struct Placement {
    Time column = 0, activate = 0;
    bool opens = false;
  };
  static constexpr Time latest(Time a, Time b) { return a < b ? b : a; }
  template <class... Times>
  static constexpr Time latest(Time a, Time b, Times... more) {
    return latest(latest(a, b), more...);
  }

  std::uint32_t group_of(std::uint32_t bank) const { return bank & (timing_.bank_groups - 1); }

  bool open(std::uint64_t burst) const {
    return banks_[numbers_.bank(burst) | numbers_.group(burst)].row == numbers_.row(burst);
  }

  Time interval() const {
    if (timing_.refresh == Refresh::kAllBank) return timing_.tREFI;
    if (timing_.refresh == Refresh::kPerBank) return timing_.tREFIpb;
    return kNever;
  }

  // The earliest activate of a group by tRRD and tFAW.
  Time activate_slot(std::uint32_t group) const {
    return latest(last_activate_ + timing_.tRRD_S, groups_[group].last_activate + timing_.tRRD_L,
                  activates_[activates_next_] + timing_.tFAW);
  }

  void note_activate(std::uint32_t group, Time time) {
    last_activate_ = groups_[group].last_activate = time;
    activates_[activates_next_] = time;
    activates_next_ = (activates_next_ + 1) % kActivatesInWindow;
  }

  template <bool write>
  Placement try_place(std::uint32_t index, std::int64_t row, Time queued) const {
    const Bank& bank = banks_[index];
    const Group& group = groups_[group_of(index)];
    Placement p;
    Time column = std::max(queued, bank.column_ready);
    if (bank.row != row) {
      p.opens = true;
      const Time ready =
          bank.row < 0 ? queued : std::max(queued, bank.precharge_ready) + static_cast<Time>(timing_.tRP);
      p.activate = latest(ready, bank.activate_ready, activate_slot(group_of(index)));
      column = p.activate + timing_.tRCD;
    }
    p.column = column_of<write>(group, write ? last_write_ : last_read_, column);
    return p;
  }

  std::uint32_t until_settled() const { return kSettledEvery - hits_in_a_row_ % kSettledEvery; }

  // Whether a stream may go on to a command at `last`: past those at which owed refreshes are made good, none
  // of which may take a bank of the stream, and past the dates of others, which must all be owed.
  bool passes_refreshes(Time last, Time arrival) const {
    if (until_settled() < timing_.bank_groups || !steady_banks_) return false;
    if (last < next_refresh_) return true;
    return timing_.refresh == Refresh::kPerBank && arrival <= next_refresh_ &&
           last < next_refresh_ + (kMayOwe - owed_) * interval();
  }

  template <bool write>
  void stream_past_refreshes(std::uint32_t count, Time next) {
    while (count != 0) {
      if (next >= next_refresh_) {
        next_refresh_ += interval();
        ++owed_;
        continue;
      }
      std::uint32_t run = count;
      if (next + (run - 1) * pace_ >= next_refresh_)
        run = static_cast<std::uint32_t>((next_refresh_ - 1 - next) / pace_) + 1;
      const bool settles = owed_ != 0 && hits_in_a_row_ < kSettledHits && run >= until_settled();
      if (settles) run = until_settled();
      run_on<write>(run, next, next + (run - 1) * pace_);
      next += run * pace_;
      if (settles) make_good(next - pace_);
      count -= run;
    }
  }

  // Bursts whose rows are open, before the next refresh: the queue, which only opens rows, does not hold them
  // up. Returns how many of `count` it placed: none where more than that has to be looked at.
  template <bool write, class Out>
  std::uint32_t place_hits(std::uint64_t burst, std::uint32_t count, Time arrival, Out out) {
    if (owed_ != 0 && hits_in_a_row_ < kSettledHits)
      count = std::min(count, kSettledEvery - hits_in_a_row_ % kSettledEvery);
    const Time end = write ? write_end_ : read_end_;
    Time& last = write ? last_write_ : last_read_;
    std::uint32_t placed = 0;
    if (!stream_.has(write, burst)) {
      if (!open(burst)) return 0;
      stream_.begin(write, burst);
    }
    stream_.move(write, burst);
    // The first burst of each group finds its bank and its group as others left them.
    for (; placed < count && stream_.length() < steady_; ++placed) {
      const std::uint32_t group = numbers_.group(burst + placed);
      Bank& bank = banks_[stream_.bank() + group];
      if (bank.row != numbers_.row(burst)) break;
      const Time next = column_of<write>(groups_[group], last, std::max(arrival, bank.column_ready));
      if (next >= next_refresh_) break;
      note_column<write>(bank, groups_[group], next);
      queue_.push(next, 1);
      out(1u, next + end);
      ++hits_in_a_row_;
      writes_ += write;
      stream_.go_on(1);
    }
    // From then on they follow each other at the pace of the pins.
    const Time next = std::max(arrival, last + pace_);
    if (placed < count && stream_.length() >= steady_ && next < next_refresh_) {
      std::uint32_t run = count - placed;
      if (next + (run - 1) * pace_ >= next_refresh_)
        run = static_cast<std::uint32_t>((next_refresh_ - 1 - next) / pace_) + 1;
      run_on<write>(run, next, next + (run - 1) * pace_);
      out(run, next + end);
      placed += run;
    }
    if (placed != 0 && owed_ != 0 && settled()) make_good(last);
    return placed;
  }

  // The stream goes on with `count` bursts at the pace of the pins, commands from `next` to `last`.
  template <bool write>
  [[gnu::always_inline]] void run_on(std::uint32_t count, Time next, Time last) {
    queue_.push(next, count);
    hits_in_a_row_ += count;
    if (write) writes_ += count;
    if (timing_.bank_groups == 1) {
      note_column<write>(banks_[stream_.bank()], groups_[0], last);
    } else {
      const std::uint32_t groups = std::min(count, timing_.bank_groups);
      const std::uint64_t burst = stream_.next() + count - groups;
      for (std::uint32_t i = 0; i < groups; ++i) {
        const std::uint32_t group = numbers_.group(burst + i);
        note_column<write>(banks_[stream_.bank() + group], groups_[group], last - (groups - 1 - i) * pace_);
      }
    }
    stream_.go_on(count);
  }

  // The earliest column command from `ready` on that the data bus allows; `last`: the last one of the same
  // direction.
  template <bool write>
  Time column_of(const Group& group, Time last, Time ready) const {
    if (write) {
      return latest(ready, last + timing_.tCCD_S, group.last_write + timing_.tCCD_L,
                    last_read_ + timing_.tRTW);
    }
    return latest(ready, last + timing_.tCCD_S, group.last_read + timing_.tCCD_L,
                  last_write_ + write_end_ + timing_.tWTR_S, group.last_write + write_end_ + timing_.tWTR_L);
  }

  // A burst in an open row has its column command.
  template <bool write>
  void note_column(Bank& bank, Group& group, Time column) {
    (write ? last_write_ : last_read_) = (write ? group.last_write : group.last_read) = column;
    const Time recovered = column + (write ? write_end_ + timing_.tWR : Time{timing_.tRTP});
    bank.precharge_ready = std::max(bank.precharge_ready, recovered);
    bank.last_column = column;
  }

  template <bool write>
  void commit(std::uint32_t index, std::int64_t row, const Placement& p) {
    Bank& bank = banks_[index];
    Group& group = groups_[group_of(index)];
    if (p.opens) {
      hits_in_a_row_ = 0;
      ++(bank.row < 0 ? counters_.row_misses : counters_.row_conflicts);
      note_activate(group_of(index), p.activate);
      bank.row = row;
      bank.column_ready = p.activate + timing_.tRCD;
      bank.precharge_ready = p.activate + timing_.tRAS;
      bank.activate_ready = p.activate + timing_.tRC;
    } else {
      ++hits_in_a_row_;
    }
    note_column<write>(bank, group, p.column);
  }

  // The calendar's next refresh falls due. `idle`: the queue is empty at that time.
  void fall_due(bool idle) {
    const Time due = next_refresh_;
    next_refresh_ += interval();
    if (timing_.refresh == Refresh::kAllBank) {
      refresh_all(due);
    } else if (idle || owed_ == kMayOwe) {
      refresh_one(choose_bank(due), due);
    } else {
      ++owed_;
    }
  }

  // Whether the bursts have just settled in open rows, so that none is likely to be opened next: a refresh
  // between two activates would delay the second by tRRD or tFAW.
  bool settled() const {
    return hits_in_a_row_ % kSettledEvery == 0 && hits_in_a_row_ != 0 && hits_in_a_row_ <= kSettledHits;
  }

  // Makes a refresh good that is owed, in a bank that is not about to be used: one in the more recently used
  // half, since a stream comes back last to the bank that it left last.
  void make_good(Time now) {
    if (next_single_ > now) return;
    const std::uint32_t chosen = choose_bank(now);
    const Time used = banks_[chosen].last_column;
    if (used >= now - static_cast<Time>(timing_.tRC)) return;
    std::uint32_t more_recent = 0;
    for (const Bank& bank : banks_) more_recent += bank.last_column > used;
    if (more_recent >= timing_.banks() / 2) return;
    --owed_;
    refresh_one(chosen, now);
  }

  void refresh_all(Time due) {
    stream_.end();
    ++counters_.refreshes;
    counters_.refresh_clocks += timing_.tRFC;
    Time start = due;
    bool open = false;
    for (const Bank& bank : banks_) {
      open |= bank.row >= 0;
      start = std::max(start, bank.row >= 0 ? bank.precharge_ready : bank.activate_ready);
    }
    if (open) start += timing_.tRPab;
    for (Bank& bank : banks_) {
      bank.row = -1;
      bank.activate_ready = start + timing_.tRFC;
    }
  }

  // A refresh of one bank counts as an activate of its group (JESD209-4: tRRD and tFAW include REFpb).
  void refresh_one(std::uint32_t index, Time due) {
    stream_.refreshed(index - group_of(index));
    ++counters_.refreshes;
    counters_.refresh_clocks += timing_.tRFCpb;
    Bank& bank = banks_[index];
    const Time closed = bank.row >= 0 ? std::max(due, bank.precharge_ready) + static_cast<Time>(timing_.tRP)
                                      : std::max(due, bank.activate_ready);
    const Time start = latest(closed, next_single_, activate_slot(group_of(index)));
    note_activate(group_of(index), start);
    next_single_ = start + timing_.tRREFD;
    bank.row = -1;
    bank.activate_ready = start + timing_.tRFCpb;
    unrefreshed_ &= ~(std::uint64_t{1} << index);
  }

  // The bank to refresh. The standards leave the order to the controller, as long as every bank has its turn
  // once in each round. Of the banks whose turn is still to come: the most recently used one that was not
  // used in the last tRC; if there is none, the least recently used one. Of equals, the lowest.
  std::uint32_t choose_bank(Time now) {
    const std::uint32_t banks = timing_.banks();
    if (unrefreshed_ == 0) unrefreshed_ = ~std::uint64_t{0} >> (64 - banks);
    const Time in_use = now - static_cast<Time>(timing_.tRC);
    std::uint32_t idle = banks, oldest = banks;
    Time newest_idle = -kNever, least = kNever;
    for (std::uint64_t turns = unrefreshed_; turns != 0; turns &= turns - 1) {
      const auto b = static_cast<std::uint32_t>(__builtin_ctzll(turns));
      const Time used = banks_[b].last_column;
      // No branch: nothing would foretell one.
      const bool newer = (used < in_use) & (used > newest_idle), older = used < least;
      idle = newer ? b : idle;
      newest_idle = newer ? used : newest_idle;
      oldest = older ? b : oldest;
      least = older ? used : least;
    }
    return idle != banks ? idle : oldest;
  }

  static constexpr std::uint32_t kSettledEvery = 8, kSettledHits = 32;  // bursts; see settled()
  static constexpr std::uint32_t kMayOwe = 8;           // JESD209-4 and JESD235 allow eight times tREFI
  static constexpr std::size_t kActivatesInWindow = 4;  // tFAW: the four-activate window
  static constexpr std::uint32_t kNeverSteady = ~std::uint32_t{0};

  Timing timing_;
  Time write_end_, read_end_;  // from the column command to the end of its data
  Time pace_;                  // between bursts that follow each other in open rows, each in the next group
  std::uint32_t steady_;       // bursts of a stream that find their banks and groups used by others
  bool steady_banks_;          // whether a stream uses each of its banks again within tRC
  BurstNumber numbers_;
  Stream stream_;
  std::vector<Bank> banks_;
  Group groups_[kMaxBankGroups];
  Time activates_[kActivatesInWindow];  // the last four, the oldest at activates_next_
  std::size_t activates_next_ = 0;
  ColumnQueue queue_;
  Time last_read_ = 0, last_write_ = 0, last_activate_ = 0;
  Time next_refresh_ = 0;   // on the calendar
  Time next_single_ = 0;    // tRREFD after the last refresh of a single bank
  std::uint32_t owed_ = 0;  // refreshes of single banks that are due and held back
  std::uint32_t hits_in_a_row_ = 0;
  std::uint64_t unrefreshed_ = 0;  // banks whose turn is still to come in this round, a bit each
  std::uint64_t writes_ = 0;       // bursts
  Counters counters_;              // what does not follow from their number
};

}  // namespace heddle::sim::dram
