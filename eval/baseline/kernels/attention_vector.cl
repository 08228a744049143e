// Attention for processors with wide vectors and no work-group hardware: a work-item takes ROWS queries that
// share keys and values through all their keys, 16 at a time, with an online softmax (as attention does) and
// without barriers. Prefill (CAUSAL): the rows are consecutive queries of one head; decode: heads of one group.
// DIM is a multiple of 16.
#define PARTS (DIM / 16)
#define BLOCK 16

float largest16(float16 x) {
  const float8 half_way = fmax(x.lo, x.hi);
  const float4 quarter = fmax(half_way.lo, half_way.hi);
  return fmax(fmax(quarter.x, quarter.y), fmax(quarter.z, quarter.w));
}

kernel void attention_vector(global const element* q, global const element* k, global const element* v,
                             global result* out, const uint tokens, const uint heads, const uint kv_heads,
                             const float scale) {
  const uint group = heads / kv_heads;
  const uint sequence = get_global_id(2);
#ifdef CAUSAL
  const uint head = get_global_id(1), kv_head = head / group;
  const uint first = get_global_id(0) * ROWS;
  const size query = ((size)sequence * heads + head) * tokens + first;
  const uint rows = min((uint)ROWS, tokens - first);
  const uint end = first + rows;
#else
  const uint kv_head = get_global_id(1);
  const uint first = get_global_id(0) * ROWS;  // of the group's heads
  const size query = (size)sequence * heads + kv_head * group + first;
  const uint rows = min((uint)ROWS, group - first);
  const uint end = tokens;
#endif
  global const element* keys = k + ((size)sequence * kv_heads + kv_head) * tokens * DIM;
  global const element* values = v + ((size)sequence * kv_heads + kv_head) * tokens * DIM;

  float16 queries[ROWS][PARTS], sums[ROWS][PARTS];
  float largest[ROWS], total[ROWS];
  for (int r = 0; r < ROWS; ++r) {
    // Past the edge the last row is taken once more, and not written.
    const size row = query + min((uint)r, rows - 1);
    for (int i = 0; i < PARTS; ++i) {
      queries[r][i] = READ16(q, row * DIM + 16 * i) * scale;
      sums[r][i] = 0;
    }
    largest[r] = -INFINITY;
    total[r] = 0;
  }
  for (uint start = 0; start < end; start += BLOCK) {
    const uint count = min((uint)BLOCK, end - start);
    float weights[ROWS][BLOCK];
    for (int r = 0; r < ROWS; ++r) {
      for (uint j = 0; j < BLOCK; ++j) weights[r][j] = -INFINITY;
    }
    for (uint j = 0; j < count; ++j) {
      float16 scores[ROWS];
      for (int r = 0; r < ROWS; ++r) scores[r] = 0;
      for (int i = 0; i < PARTS; ++i) {
        const float16 key = READ16(keys, (size)(start + j) * DIM + 16 * i);
        for (int r = 0; r < ROWS; ++r) scores[r] += queries[r][i] * key;
      }
      for (int r = 0; r < ROWS; ++r) {
#ifdef CAUSAL
        if (start + j > first + r) continue;
#endif
        weights[r][j] = total16(scores[r]);
      }
    }
    for (int r = 0; r < ROWS; ++r) {
      const float16 block = vload16(0, weights[r]);
      const float now = fmax(largest[r], largest16(block));
      const float shrink = largest[r] == now ? 1 : exp(largest[r] - now);
      const float16 weight = exp(block - now);
      largest[r] = now;
      total[r] = total[r] * shrink + total16(weight);
      vstore16(weight, 0, weights[r]);
      if (shrink != 1) {
        for (int i = 0; i < PARTS; ++i) sums[r][i] *= shrink;
      }
    }
    for (uint j = 0; j < count; ++j) {
      for (int i = 0; i < PARTS; ++i) {
        const float16 value = READ16(values, (size)(start + j) * DIM + 16 * i);
        for (int r = 0; r < ROWS; ++r) sums[r][i] += weights[r][j] * value;
      }
    }
  }
  for (uint r = 0; r < rows; ++r) {
    for (int i = 0; i < PARTS; ++i) {
      const float16 value = sums[r][i] / total[r];
      float parts[16];
      vstore16(value, 0, parts);
      for (int j = 0; j < 16; ++j) WRITE(out, (query + r) * DIM + 16 * i + j, parts[j]);
    }
  }
}
