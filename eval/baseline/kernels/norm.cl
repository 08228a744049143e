// RMSNorm (Zhang and Sennrich, arXiv 1910.07467): out = x / sqrt(mean(x^2) + epsilon) * gain. A work-group of
// ITEMS a row.
kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void norm(global const element* x,
                                                                    global const element* gain,
                                                                    global result* out, const uint columns,
                                                                    const float epsilon) {
  local float partial[ITEMS];
  const uint item = get_local_id(0);
  const size line = (size)get_group_id(0) * columns;
  float squares = 0;
  for (uint at = item; at < columns; at += ITEMS) {
    const float value = READ(x, line + at);
    squares += value * value;
  }
  partial[item] = squares;
  for (uint half_way = ITEMS / 2; half_way > 0; half_way /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item < half_way) partial[item] += partial[item + half_way];
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  const float factor = 1.0f / sqrt(partial[0] / columns + epsilon);
  for (uint at = item; at < columns; at += ITEMS) {
    WRITE(out, line + at, READ(x, line + at) * factor * READ(gain, at));
  }
}
