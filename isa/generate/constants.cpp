#include "isa/generate/constants.hpp"

#include <cctype>

#include "isa/config.hpp"
#include "isa/counters.hpp"
#include "isa/instruction.hpp"
#include "isa/numerics/fp32.hpp"
#include "isa/numerics/functions.hpp"
#include "isa/numerics/reduction.hpp"
#include "isa/program.hpp"
#include "isa/registers.hpp"
#include "isa/status.hpp"
#include "isa/version.hpp"

namespace heddle::isa::generate {

std::string upper_snake(const std::string& name) {
  std::string out;
  for (std::size_t i = 1; i < name.size(); ++i) {  // the leading k goes
    const char c = name[i];
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !out.empty() && out.back() != '_') out += '_';
    out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

#define W(bits, name) {#name, static_cast<std::uint64_t>(name), bits}
#define I(name) W(0, name)

std::vector<Group> contract_constants() {
  std::vector<Group> groups = {
      {"Version", {W(32, kIsaVersion), W(32, kDeviceMagic), W(32, kProgramMagic), W(32, kRecordMagic)}},
      {"Opcodes",
       {W(8, kOpHalt), W(8, kOpAdd), W(8, kOpSub), W(8, kOpMul), W(8, kOpShl), W(8, kOpShr), W(8, kOpAnd),
        W(8, kOpMin), W(8, kOpMax), W(8, kOpArgument), W(8, kOpLoadWord), W(8, kOpBranchEq), W(8, kOpBranchNe),
        W(8, kOpBranchLt), W(8, kOpBranchGe), W(8, kOpLoop), W(8, kOpWait), W(8, kOpSignal), W(8, kOpFence),
        W(8, kOpLoad), W(8, kOpStore), W(8, kOpMatrix), W(8, kOpVector), W(8, kOpTopK), W(8, kOpArgmax)}},
      {"Instruction shape",
       {I(kQuadBytes), I(kTileQuads), I(kTileHalves), I(kSemaphores), I(kScalarRegisters), I(kScalarBits),
        I(kArguments), I(kPatches), W(16, kScalarImmediate), I(kHalfOpcode), I(kHalfTag), I(kHalfWait),
        I(kHalfSignal), I(kHalfPatches), I(kHalfFlags), I(kHalfRegisters), I(kHalfImmediate)}},
      {"Units", {I(kUnitLoad), I(kUnitStore), I(kUnitMatrix), I(kUnitVector), I(kUnits)}},
      {"Formats",
       {W(4, kFormatInt8), W(4, kFormatFp32), W(4, kFormatInt4), W(4, kFormatFp8E4M3), W(4, kFormatFp8E5M2),
        W(4, kFormatBf16), W(4, kFormatInt32)}},
      {"LOAD and STORE",
       {I(kBufferA), I(kBufferW), I(kBufferC), I(kBufferV), I(kBufferS), I(kBuffers), I(kDmaRows), I(kDmaRowBytes),
        I(kDmaMemOffset), I(kDmaMemStride), I(kDmaLocalAddr), I(kDmaLocalStride)}},
      {"MATRIX",
       {I(kMatrixFirst), I(kMatrixLast), I(kMatrixTransposed), I(kMatrixFormats), I(kMatrixRows), I(kMatrixKTiles),
        I(kMatrixNTiles), I(kMatrixOuter), I(kMatrixAAddr), I(kMatrixARowStride), I(kMatrixABlockStride),
        I(kMatrixAOuterStride), I(kMatrixWAddr), I(kMatrixWKStride), I(kMatrixWNStride), I(kMatrixWOuterStride),
        I(kMatrixCAddr), I(kMatrixCOuterStride), I(kMatrixSAddr), I(kMatrixSRowStride), I(kMatrixSOuterStride),
        I(kMatrixDAddr), I(kMatrixDRowStride), I(kMatrixDOuterStride), I(kMatrixAccAddr), I(kMatrixAccNStride),
        I(kMatrixGroup)}},
      {"VECTOR",
       {I(kSelNone), I(kSelU), I(kSelS0), I(kSelS1), I(kSelImm0), I(kSelImm1), I(kCombineAdd), I(kCombineSub),
        I(kCombineMax), I(kCombineMin), I(kFuncNone), I(kFuncExp), I(kFuncReciprocal), I(kFuncRsqrt), I(kReduceNone),
        I(kReduceSum), I(kReduceMax), I(kReduceAbsMax), I(kSpaceV), I(kSpaceS), I(kSpaceA), I(kSpaceConst),
        I(kDestNone), I(kDestV), I(kDestA), I(kDestS), I(kVectorMaskLimit), I(kVectorSelects), I(kVectorDest),
        I(kVectorColumns), I(kVectorRows), I(kVectorOuter), I(kVectorAAddr), I(kVectorARowStride),
        I(kVectorAOuterStride), I(kVectorUAddr), I(kVectorURowStride), I(kVectorUOuterStride), I(kVectorS0Addr),
        I(kVectorS1Addr), I(kVectorRedAddr), I(kVectorSRowStride), I(kVectorSOuterStride), I(kVectorDAddr),
        I(kVectorDRowStride), I(kVectorDOuterStride), I(kVectorDBlockStride), I(kVectorImm0), I(kVectorImm1)}},
      {"Numerics",
       {W(32, kFp32Nan), W(32, kFp32Infinity), I(kReductionBlock), I(kTableExp), I(kTableReciprocal), I(kTableRsqrt)}},
      {"Status",
       {W(32, kStatusOk), W(32, kStatusVersion), W(32, kStatusConfig), W(32, kStatusWindow), W(32, kStatusBus),
        W(32, kStatusWatchdog), W(32, kStatusIllegal), W(32, kStatusRunning)}},
      {"Registers",
       {I(kWindows), W(12, kRegisterControl), W(12, kRegisterGlobalInterrupt), W(12, kRegisterInterruptEnable),
        W(12, kRegisterInterruptStatus), W(12, kRegisterProgram), W(12, kRegisterRecord), W(12, kRegisterWatchdog),
        W(12, kRegisterWindow), W(12, kRegisterArgument), W(12, kRegisterArgumentEnd), W(12, kRegisterMagic),
        W(12, kRegisterVersion), W(12, kRegisterConfigHash), W(12, kRegisterStatus), W(12, kRegisterPc),
        W(12, kRegisterCounters), W(12, kRegisterEnd)}},
      {"Banks", {I(kVectorBanks), I(kActivationBanks), I(kScalarBanks), I(kBytesPerWord)}},
  };
  groups[8].constants.push_back({"kMaskedScore", bits_of(kMaskedScore), 32});
  Group counters{"Counters", {}};
#define HEDDLE_COUNTER_CONSTANT(name, text, functional) \
  counters.constants.push_back({"kCounter_" #name, static_cast<std::uint64_t>(kCounter_##name), 0});
  HEDDLE_COUNTERS(HEDDLE_COUNTER_CONSTANT)
  counters.constants.push_back(I(kCounters));
  groups.push_back(counters);
  return groups;
}

}  // namespace heddle::isa::generate
