// Copy and triad of STREAM (McCalpin): four elements a work-item; the last item takes what is left.
kernel void copy(global const float* b, global float* a, const ulong elements) {
  const ulong at = 4 * (ulong)get_global_id(0);
  if (at + 4 <= elements) {
    vstore4(vload4(0, b + at), 0, a + at);
  } else {
    for (ulong i = at; i < elements; ++i) a[i] = b[i];
  }
}

kernel void triad(global const float* b, global const float* c, global float* a, const ulong elements,
                  const float s) {
  const ulong at = 4 * (ulong)get_global_id(0);
  if (at + 4 <= elements) {
    vstore4(vload4(0, b + at) + s * vload4(0, c + at), 0, a + at);
  } else {
    for (ulong i = at; i < elements; ++i) a[i] = b[i] + s * c[i];
  }
}
