// The same product for processors with wide vectors and no work-group hardware: a work-item holds ROWS x
// COLUMNS sums, each a vector of 16 along k, without barriers.
kernel void gemm_vector(global const element* a, global const element* w, global result* c, const uint m,
                        const uint n, const uint k) {
  const uint row = get_global_id(1) * ROWS, column = get_global_id(0) * COLUMNS;
  global const element* rows[ROWS];
  global const element* columns[COLUMNS];
  sum16 sums[ROWS][COLUMNS];
  // Past the edge the last row or column is taken once more, and not written.
  for (int i = 0; i < ROWS; ++i) rows[i] = a + (size)min(row + i, m - 1) * k;
  for (int j = 0; j < COLUMNS; ++j) columns[j] = w + (size)min(column + j, n - 1) * k;
  for (int i = 0; i < ROWS; ++i) {
    for (int j = 0; j < COLUMNS; ++j) sums[i][j] = 0;
  }
  uint at = 0;
  for (; at + 16 <= k; at += 16) {
    sum16 right[COLUMNS];
    for (int j = 0; j < COLUMNS; ++j) right[j] = READ16(columns[j], at);
    for (int i = 0; i < ROWS; ++i) {
      const sum16 left = READ16(rows[i], at);
      for (int j = 0; j < COLUMNS; ++j) sums[i][j] += left * right[j];
    }
  }
  for (int i = 0; i < ROWS; ++i) {
    for (int j = 0; j < COLUMNS; ++j) {
      sum total = total16(sums[i][j]);
      for (uint rest = at; rest < k; ++rest) total += READ(rows[i], rest) * READ(columns[j], rest);
      if (row + i < m && column + j < n) WRITE(c, (size)(row + i) * n + column + j, total);
    }
  }
}
