// Operands by format. FP16 is a format of storage here: vload_half and vstore_half are in every OpenCL C, with
// and without cl_khr_fp16, and products are summed in FP32 in any case.
#if defined(FORMAT_FP16)
typedef half element;
typedef half result;
typedef float sum;
typedef float4 sum4;
typedef float16 sum16;
#define READ(p, i) vload_half((i), (p))
#define READ4(p, i) vload_half4(0, (p) + (i))
#define READ16(p, i) vload_half16(0, (p) + (i))
#define WRITE(p, i, x) vstore_half_rte((x), (i), (p))
#elif defined(FORMAT_INT8)
typedef char element;
typedef int result;
typedef int sum;
typedef int4 sum4;
typedef int16 sum16;
#define READ(p, i) ((int)(p)[i])
#define READ4(p, i) convert_int4(vload4(0, (p) + (i)))
#define READ16(p, i) convert_int16(vload16(0, (p) + (i)))
#define WRITE(p, i, x) ((p)[i] = (x))
#else
typedef float element;
typedef float result;
typedef float sum;
typedef float4 sum4;
typedef float16 sum16;
#define READ(p, i) ((p)[i])
#define READ4(p, i) vload4(0, (p) + (i))
#define READ16(p, i) vload16(0, (p) + (i))
#define WRITE(p, i, x) ((p)[i] = (x))
#endif
typedef ulong size;  // sizes and offsets of operands beyond 4 Gi elements

sum total4(sum4 x) { return (x.x + x.y) + (x.z + x.w); }
sum total16(sum16 x) { return total4((x.s0123 + x.s4567) + (x.s89ab + x.scdef)); }
