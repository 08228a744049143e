// Attention with an online softmax (Milakov and Gimelshein, arXiv 1805.02867): scores stay on the chip. A
// work-group of KEYS x ROWS items takes ROWS queries that share keys and values through the keys, KEYS at a
// time. Prefill (CAUSAL): the rows are consecutive queries of one head, and each sees the keys up to its own.
// Decode: the rows are the heads of one group; the keys are cut into parts, which attention_combine joins (as
// Flash-Decoding does). DIM is the width of a head.
#define PER ((DIM + KEYS - 1) / KEYS)

kernel __attribute__((reqd_work_group_size(KEYS, ROWS, 1))) void attention(
    global const element* q, global const element* k, global const element* v, global result* out,
    global float* part_values, global float* part_state, const uint tokens, const uint heads,
    const uint kv_heads, const uint part_size, const float scale) {
  local float queries[ROWS][DIM + 1];
  local float block[KEYS][DIM + 1];  // keys, then values
  local float weights[ROWS][KEYS];
  const uint x = get_local_id(0), y = get_local_id(1);
  const uint flat = y * KEYS + x;
  const uint group = heads / kv_heads;
  const uint sequence = get_group_id(2);
#ifdef CAUSAL
  const uint head = get_group_id(1), kv_head = head / group;
  const uint first = get_group_id(0) * ROWS;
  const size query = ((size)sequence * heads + head) * tokens + first;
  const uint rows = min((uint)ROWS, tokens - first);
  const uint begin = 0, end = min(first + ROWS, tokens);
  const uint limit = first + y + 1;
#else
  const uint tiles = (group + ROWS - 1) / ROWS;  // of a group's heads
  const uint kv_head = get_group_id(1) / tiles, part = get_group_id(0);
  const uint first = get_group_id(1) % tiles * ROWS;
  const size query = (size)sequence * heads + kv_head * group + first;
  const uint rows = min((uint)ROWS, group - first);
  const uint begin = part * part_size, end = min(begin + part_size, tokens);
  const uint limit = end;
#endif
  const size cache = ((size)sequence * kv_heads + kv_head) * tokens * DIM;

  for (uint at = flat; at < ROWS * DIM; at += ROWS * KEYS) {
    queries[at / DIM][at % DIM] = at / DIM < rows ? READ(q, query * DIM + at) * scale : 0;
  }
  float sums[PER];
  for (int i = 0; i < PER; ++i) sums[i] = 0;
  float largest = -INFINITY, total = 0;
  for (uint start = begin; start < end; start += KEYS) {
    const uint count = min((uint)KEYS, end - start);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint at = flat; at < KEYS * DIM; at += ROWS * KEYS) {
      block[at / DIM][at % DIM] = at / DIM < count ? READ(k, cache + (size)start * DIM + at) : 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float score = 0;
    for (uint i = 0; i < DIM; ++i) score += queries[y][i] * block[x][i];
    weights[y][x] = start + x < limit && x < count ? score : -INFINITY;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint at = flat; at < KEYS * DIM; at += ROWS * KEYS) {
      block[at / DIM][at % DIM] = at / DIM < count ? READ(v, cache + (size)start * DIM + at) : 0;
    }
    // Every item of a row finds the row's largest score and sum by itself.
    float now = largest;
    for (uint i = 0; i < KEYS; ++i) now = fmax(now, weights[y][i]);
    const float mine = weights[y][x] == -INFINITY ? 0 : exp(weights[y][x] - now);
    const float shrink = largest == now ? 1 : exp(largest - now);
    largest = now;
    barrier(CLK_LOCAL_MEM_FENCE);
    weights[y][x] = mine;
    barrier(CLK_LOCAL_MEM_FENCE);
    float added = 0;
    for (uint i = 0; i < KEYS; ++i) added += weights[y][i];
    total = total * shrink + added;
    for (int j = 0; j < PER; ++j) {
      const uint column = x + KEYS * j;
      if (column >= DIM) break;
      float value = sums[j] * shrink;
      for (uint i = 0; i < KEYS; ++i) value += weights[y][i] * block[i][column];
      sums[j] = value;
    }
  }
  if (y >= rows) return;
#ifdef CAUSAL
  for (int j = 0; j < PER; ++j) {
    const uint column = x + KEYS * j;
    if (column < DIM) WRITE(out, (query + y) * DIM + column, sums[j] / total);
  }
#else
  const size slot = (query + y) * get_num_groups(0) + part;
  for (int j = 0; j < PER; ++j) {
    const uint column = x + KEYS * j;
    if (column < DIM) part_values[slot * DIM + column] = sums[j];
  }
  if (x == 0) {
    part_state[2 * slot] = largest;
    part_state[2 * slot + 1] = total;
  }
#endif
}

// One work-item an element of the result: the parts weighted by what their maxima and sums say.
kernel void attention_combine(global const float* part_values, global const float* part_state,
                              global result* out, const uint parts) {
  const size row = get_global_id(1);
  const uint column = get_global_id(0);
  float largest = -INFINITY;
  for (uint part = 0; part < parts; ++part) largest = fmax(largest, part_state[2 * (row * parts + part)]);
  float value = 0, total = 0;
  for (uint part = 0; part < parts; ++part) {
    const size slot = row * parts + part;
    const float weight = exp(part_state[2 * slot] - largest);
    value += weight * part_values[slot * DIM + column];
    total += weight * part_state[2 * slot + 1];
  }
  WRITE(out, row * DIM + column, value / total);
}
