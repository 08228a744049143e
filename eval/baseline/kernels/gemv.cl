// The same product for M rows, M at most 8: a work-group of ITEMS reads one row of w once and sums it with
// every row of a.
kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void gemv(global const element* a,
                                                                    global const element* w,
                                                                    global result* c, const uint n,
                                                                    const uint k) {
  local sum partial[M][ITEMS];
  const uint item = get_local_id(0), column = get_group_id(0);
  global const element* line = w + (size)column * k;
  sum sums[M];
  for (int i = 0; i < M; ++i) sums[i] = 0;
  const uint whole = k / 4 * 4;
  for (uint at = 4 * item; at < whole; at += 4 * ITEMS) {
    const sum4 right = READ4(line, at);
    for (int i = 0; i < M; ++i) sums[i] += total4(READ4(a, (size)i * k + at) * right);
  }
  for (uint at = whole + item; at < k; at += ITEMS) {
    for (int i = 0; i < M; ++i) sums[i] += READ(a, (size)i * k + at) * READ(line, at);
  }
  for (int i = 0; i < M; ++i) partial[i][item] = sums[i];
  for (uint half_way = ITEMS / 2; half_way > 0; half_way /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_way) {
      for (int i = 0; i < M; ++i) partial[i][item] += partial[i][item + half_way];
    }
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint i = item; i < M; i += ITEMS) WRITE(c, (size)i * n + column, partial[i][0]);
}
