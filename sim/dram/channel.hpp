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
        step_(timing.bank_groups == 1 ? std::max(timing.tCCD_S, timing.tCCD_L) : timing.tCCD_S),
        steady_(step_ * timing.bank_groups >= timing.tCCD_L) {
    reset();
  }

  void reset() {
    banks_.assign(timing_.banks(), Bank());
    std::size_t ring = 1;
    while (ring < timing_.queue_depth) ring *= 2;
    queue_.assign(ring, kLongAgo);
    queued_ = 0;
    bursts_[0] = bursts_[1] = 0;
    last_read_ = last_write_ = last_activate_ = next_single_ = kLongAgo;
    for (Group& group : groups_) group = Group();
    for (Time& time : activates_) time = kLongAgo;
    activates_next_ = 0;
    unrefreshed_ = 0;
    owed_ = hits_in_a_row_ = 0;
    next_refresh_ = interval();
    counters_ = Counters();
  }

  /// Places a burst; returns when its last data are on the pins. `bank` = bank in its group * groups + group.
  /// `arrival`: when it is in the controller, at least that of the burst before.
  Time place(bool write, std::uint32_t bank, std::int64_t row, Time arrival) {
    const Time queued = std::max(arrival, queue_[(queued_ - timing_.queue_depth) & (queue_.size() - 1)]);
    Placement p = try_place(write, bank, row, queued);
    while (p.column >= next_refresh_) {
      fall_due(arrival > next_refresh_);
      p = try_place(write, bank, row, queued);
    }
    commit(write, bank, row, p);
    if (owed_ != 0 && settled()) make_good(p.column);
    return p.column + (write ? write_end_ : read_end_);
  }

  /// Places `count` bursts of one arrival that follow each other in a row, as place() would one after the
  /// other: the first in group `group`, each in the next one, all in the groups' bank `bank` and row `row`.
  /// ends[i]: when the last data of burst i are on the pins.
  void place_row(bool write, std::uint32_t bank, std::uint32_t group, std::int64_t row, std::uint32_t count,
                 Time arrival, Time* ends) {
    const std::uint32_t first = bank * timing_.bank_groups;
    while (count != 0) {
      std::uint32_t hits = write ? place_hits<true>(first, group, row, count, arrival, ends)
                                 : place_hits<false>(first, group, row, count, arrival, ends);
      if (hits == 0) {
        *ends = place(write, first + group, row, arrival);
        hits = 1;
      }
      ends += hits;
      count -= hits;
      group = (group + hits) & (timing_.bank_groups - 1);
    }
  }

  /// Counters of all bursts placed so far, and of what the calendar has due before `time`.
  Counters counters(Time time) const {
    Channel after = *this;  // asking must not change what comes next
    while (after.next_refresh_ < time) after.fall_due(true);
    Counters counters = after.counters_;
    const std::uint64_t bursts = bursts_[0] + bursts_[1];
    counters.row_hits = bursts - counters.row_misses - counters.row_conflicts;
    counters.busy_clocks = bursts * timing_.burst_clocks();
    counters.read_bytes = bursts_[0] * timing_.burst_bytes();
    counters.write_bytes = bursts_[1] * timing_.burst_bytes();
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

  Placement try_place(bool write, std::uint32_t index, std::int64_t row, Time queued) const {
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
    p.column =
        write ? column_of<true>(group, last_write_, column) : column_of<false>(group, last_read_, column);
    return p;
  }

  // Bursts whose rows are open, before the next refresh: the queue, which only opens rows, does not hold them
  // up. `first`: the bank of group 0, `group`: of the first burst. Returns how many of `count` it placed:
  // none where more than that has to be looked at.
  template <bool write>
  std::uint32_t place_hits(std::uint32_t first, std::uint32_t group, std::int64_t row, std::uint32_t count,
                           Time arrival, Time* ends) {
    if (owed_ != 0 && hits_in_a_row_ < kSettledHits)
      count = std::min(count, kSettledEvery - hits_in_a_row_ % kSettledEvery);
    // The first burst of each group finds its bank and its group as others left them.
    const std::uint32_t groups = timing_.bank_groups;
    const Time end = write ? write_end_ : read_end_;
    Time column = (write ? last_write_ : last_read_);
    std::uint32_t placed = 0;
    for (; placed < count && placed < groups; ++placed) {
      const std::uint32_t g = (group + placed) & (groups - 1);
      const Bank& bank = banks_[first + g];
      if (bank.row != row) break;
      const Time next = column_of<write>(groups_[g], column, std::max(arrival, bank.column_ready));
      if (next >= next_refresh_) break;
      column = next;
      ends[placed] = column + end;
    }
    if (placed == 0) return 0;
    // From then on they follow each other at the pace of the pins.
    if (placed == groups && steady_) {
      if (column + (count - placed) * step_ >= next_refresh_)
        count = placed + static_cast<std::uint32_t>((next_refresh_ - 1 - column) / step_);
      for (; placed < count; ++placed) ends[placed] = (column += step_) + end;
    }
    for (std::uint32_t i = 0; i < placed; ++i) enqueue(ends[i] - end);
    for (std::uint32_t i = placed - std::min(placed, groups); i < placed; ++i) {
      const std::uint32_t g = (group + i) & (groups - 1);
      note_column<write>(banks_[first + g], groups_[g], ends[i] - end);
    }
    bursts_[write] += placed;
    hits_in_a_row_ += placed;
    if (owed_ != 0 && settled()) make_good(column);
    return placed;
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

  void enqueue(Time column) { queue_[queued_++ & (queue_.size() - 1)] = column; }

  void commit(bool write, std::uint32_t index, std::int64_t row, const Placement& p) {
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
    if (write)
      note_column<true>(bank, group, p.column);
    else
      note_column<false>(bank, group, p.column);
    ++bursts_[write];
    enqueue(p.column);
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
    for (std::uint32_t b = 0; b < banks; ++b) {  // no branch in it: nothing would foretell one
      const Time used = banks_[b].last_column;
      const bool turn = (unrefreshed_ >> b & 1) != 0;
      const bool newer = turn & (used < in_use) & (used > newest_idle), older = turn & (used < least);
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

  Timing timing_;
  Time write_end_, read_end_;  // from the column command to the end of its data
  Time step_;                  // between bursts that follow each other in open rows, each in the next group
  bool steady_;                // which is so when every group has had one
  std::vector<Bank> banks_;
  Group groups_[kMaxBankGroups];
  Time activates_[kActivatesInWindow];  // the last four, the oldest at activates_next_
  std::size_t activates_next_ = 0;
  std::vector<Time>
      queue_;               // column commands of the last queue_depth bursts and more: a ring, a power of two
  std::size_t queued_ = 0;  // bursts, modulo 2^64: the next one's place in it
  Time last_read_ = 0, last_write_ = 0, last_activate_ = 0;
  Time next_refresh_ = 0;   // on the calendar
  Time next_single_ = 0;    // tRREFD after the last refresh of a single bank
  std::uint32_t owed_ = 0;  // refreshes of single banks that are due and held back
  std::uint32_t hits_in_a_row_ = 0;
  std::uint64_t unrefreshed_ = 0;  // banks whose turn is still to come in this round, a bit each
  std::uint64_t bursts_[2] = {};   // reads, writes
  Counters counters_;              // what does not follow from their number
};

}  // namespace heddle::sim::dram
