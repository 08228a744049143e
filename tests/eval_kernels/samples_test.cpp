#include "eval/kernels/fit/samples.hpp"

#include <gtest/gtest.h>

namespace heddle::eval {
namespace {

const std::string kHeader = "device,framework,version,gemm_dtype,m,n,k,latency\n";

std::string message(const std::string& name, const std::string& text) {
  try {
    parse_samples(name, text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Samples, ReadsAGemmFile) {
  const SampleFile file =
      parse_samples("gemm_l40s.csv", kHeader + "NVIDIA L40S,TRTLLM,1.3.0rc20,sq,8,512,1024,0.25\r\n\n");
  EXPECT_EQ(file.chip, "L40S");
  EXPECT_EQ(file.software, "TensorRT-LLM 1.3.0rc20");
  ASSERT_EQ(file.samples.size(), 1U);
  EXPECT_EQ(file.samples[0].kernel.format, "w8a8");
  EXPECT_EQ(file.samples[0].group, "512,1024");
  EXPECT_FALSE(file.samples[0].kernel.cold);
  EXPECT_DOUBLE_EQ(file.samples[0].seconds, 0.25e-3);
}

TEST(Samples, DecodeCountsTheTokenItself) {
  const SampleFile file = parse_samples("attention_decode_l40s.csv",
                                        "device,framework,version,attn_dtype,kv_cache_dtype,batch_size,num_"
                                        "heads,num_key_value_heads,head_dim,step,"
                                        "latency\nNVIDIA L40S,TRTLLM,1,bfloat16,fp8,4,32,8,128,1023,0.1\n");
  EXPECT_DOUBLE_EQ(file.samples[0].kernel.context, 1024);
  EXPECT_DOUBLE_EQ(file.samples[0].kernel.cache_bytes, 1);
}

TEST(Samples, ErrorsNameFileLineAndColumn) {
  const std::string row = "NVIDIA L40S,TRTLLM,1,bfloat16,8,512,1024,";
  EXPECT_EQ(message("gemm_x.csv", kHeader + row + "fast\n"),
            "gemm_x.csv:2: column 'latency' is 'fast', not a positive number");
  EXPECT_EQ(message("gemm_x.csv", kHeader + row + "-1\n"),
            "gemm_x.csv:2: column 'latency' is '-1', not a positive number");
  EXPECT_EQ(message("gemm_x.csv", kHeader + row + "1,2\n"), "gemm_x.csv:2: 9 columns where the header has 8");
  EXPECT_EQ(message("gemm_x.csv",
                    "device,framework,version,gemm_dtype,m,n,latency\nNVIDIA L40S,T,1,bfloat16,1,2,3\n"),
            "gemm_x.csv: column 'k' is missing");
  EXPECT_EQ(message("gemm_x.csv", kHeader + "Abacus,TRTLLM,1,bfloat16,8,512,1024,1\n"),
            "gemm_x.csv: device 'Abacus' is unknown");
  EXPECT_EQ(message("gemm_x.csv", ""), "gemm_x.csv: is empty");
  EXPECT_EQ(message("gemm_x.csv", kHeader), "gemm_x.csv: has no rows");
  EXPECT_EQ(message("conv_x.csv", kHeader), "conv_x.csv: its name starts with no kernel class");
  EXPECT_THROW(read_samples("/nonexistent"), std::runtime_error);
}

}  // namespace
}  // namespace heddle::eval
