// c[m][n] = sum over k of a[m][k] w[n][k], in tiles of TILE x TILE that pass through local memory; each of
// 16 x 16 work-items holds TILE/16 x TILE/16 sums. TILE is 64, DEPTH 16.
#define ITEMS 16
#define PER (TILE / ITEMS)

kernel __attribute__((reqd_work_group_size(ITEMS, ITEMS, 1))) void gemm(global const element* a,
                                                                        global const element* w,
                                                                        global result* c, const uint m,
                                                                        const uint n, const uint k) {
  local sum tile_a[DEPTH][TILE + 1];
  local sum tile_w[DEPTH][TILE + 1];
  const uint x = get_local_id(0), y = get_local_id(1);
  const uint flat = y * ITEMS + x;
  const uint row = get_group_id(1) * TILE, column = get_group_id(0) * TILE;
  sum sums[PER][PER];
  for (int i = 0; i < PER; ++i) {
    for (int j = 0; j < PER; ++j) sums[i][j] = 0;
  }
  for (uint start = 0; start < k; start += DEPTH) {
    for (uint at = flat; at < TILE * DEPTH; at += ITEMS * ITEMS) {
      const uint line = at / DEPTH, depth = at % DEPTH;
      const bool inside = start + depth < k;
      tile_a[depth][line] = inside && row + line < m ? READ(a, (size)(row + line) * k + start + depth) : 0;
      tile_w[depth][line] = inside && column + line < n ? READ(w, (size)(column + line) * k + start + depth) : 0;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint depth = 0; depth < DEPTH; ++depth) {
      sum left[PER], right[PER];
      for (int i = 0; i < PER; ++i) left[i] = tile_a[depth][y + ITEMS * i];
      for (int j = 0; j < PER; ++j) right[j] = tile_w[depth][x + ITEMS * j];
      for (int i = 0; i < PER; ++i) {
        for (int j = 0; j < PER; ++j) sums[i][j] += left[i] * right[j];
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  for (int i = 0; i < PER; ++i) {
    for (int j = 0; j < PER; ++j) {
      const uint to_row = row + y + ITEMS * i, to_column = column + x + ITEMS * j;
      if (to_row < m && to_column < n) WRITE(c, (size)to_row * n + to_column, sums[i][j]);
    }
  }
}
