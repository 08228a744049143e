// What goes into a kernel: values that every format in use holds exactly, the same on every run and machine.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "eval/baseline/workload.hpp"

namespace heddle::eval {

/// Row-major, in the order of the kernel's arguments:
/// gemm, gemv: a [m][k], w [n][k]; attention: q [batch][heads][queries][head_dim], k and v
/// [batch][kv_heads][tokens or context][head_dim]; norm: x [rows][columns], gain [columns]; copy: b;
/// triad: b, c.
using Operands = std::vector<std::vector<float>>;
/// Uniform values: integers from -127 to 127 for int8; otherwise from -1 to 1 on the finest grid that the
/// format holds exactly there. Queries are four times as large, so that softmax tells keys apart.
Operands make_operands(const Workload& workload);

/// Values as the format's bytes. The values must be ones that it holds exactly.
std::vector<std::byte> pack(const std::vector<float>& values, Format format);
/// Bytes of one element of a result: 4 for int8 operands (int32 sums), else those of the format.
std::size_t result_bytes(Format format);
/// `count` results from their bytes.
void unpack_results(const std::byte* from, std::size_t count, Format format, double* into);

float half_to_float(std::uint16_t half);
/// Exact for 0 and values of at most 11 significant bits from 2^-14 to 65504; others are truncated.
std::uint16_t float_to_half_exact(float value);

}  // namespace heddle::eval
