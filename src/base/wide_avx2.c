#include "base/wide_avx2.h"

#if defined(__x86_64__)

const struct wide wide_avx2 = {
    .name = "AVX2",
    .decode = wide_avx2_decode,
    .is_utf8 = wide_avx2_is_utf8,
    .mark = blocks_mark,
};

#endif
