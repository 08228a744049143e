// A burst of one AXI4 port as a TLM-2.0 transaction, and what a memory that knows more than one time may say.
#pragma once
#include <cstdint>
#include <memory>
#include <tlm>
#include <vector>

namespace heddle::sim::systemc {

/// An ignorable extension of a burst: the initiator says which port it goes through, and a memory may say
/// when each beat is there. With several ports a burst covers whole bus words, of which byte enables select
/// the port's part (rtl/top/heddle_top.sv).
struct BeatTimes : tlm::tlm_extension<BeatTimes> {
  std::uint32_t port = 0, ports = 1, port_bytes = 0, beats = 0;
  /// Reads: filled by the memory. From when each beat can be delivered; empty: all with the response.
  std::vector<sc_core::sc_time> there;

  tlm::tlm_extension_base* clone() const override { return new BeatTimes(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const BeatTimes&>(other);
  }
};

/// A port of the device.
struct PortShape {
  std::uint32_t port = 0, ports = 1, bytes = 0;  // bytes of a beat
  std::uint32_t bus_bytes() const { return ports * bytes; }
};

/// Belongs to a BurstPool, to which it returns when the last user releases it.
class Burst : public tlm::tlm_generic_payload {
 public:
  explicit Burst(tlm::tlm_mm_interface* pool) : tlm::tlm_generic_payload(pool), times_(new BeatTimes) {
    set_extension(times_);
  }

  /// `address`: of the port, a multiple of its bytes. Writes begin with no byte enabled.
  void shape(bool write, const PortShape& shape, std::uint64_t address, std::uint32_t beats);
  /// Bytes of the port's part of a beat.
  std::uint8_t* beat(std::uint32_t index) { return data_.data() + place(index); }
  /// Of a write: byte `byte` of the port's part of a beat is written.
  void enable(std::uint32_t index, std::uint32_t byte) { enables_[place(index) + byte] = TLM_BYTE_ENABLED; }
  /// Drops byte enables that select everything: many memories know none.
  void seal();

  const PortShape& port_shape() const { return shape_; }
  /// In memory, of the port's part of a beat.
  std::uint64_t beat_address(std::uint32_t index) const { return get_address() + place(index); }
  const BeatTimes& times() const { return *times_; }
  std::uint32_t beats() const { return times_->beats; }

  /// When its beats are there, or its answer, in core cycles: kept by the port that sent it.
  bool answered = false, abandoned = false;
  std::vector<std::uint64_t> ready;
  std::uint32_t next_beat = 0;

 private:
  std::size_t place(std::uint32_t index) const {
    return std::size_t{index} * shape_.bus_bytes() + shape_.port * shape_.bytes;
  }

  BeatTimes* times_;  // the payload's
  PortShape shape_;
  std::vector<std::uint8_t> data_, enables_;
};

/// Transactions, used again and again. Outlives them all.
class BurstPool : public tlm::tlm_mm_interface {
 public:
  /// With one reference, the caller's.
  Burst& get();
  void free(tlm::tlm_generic_payload* burst) override;

 private:
  std::vector<std::unique_ptr<Burst>> all_;
  std::vector<Burst*> free_;
};

}  // namespace heddle::sim::systemc
