/* Included by tiles.h once for each instruction set and precision; has no guard on purpose.
 * REAL, VL (numbers in a vector), TILE_ROWS, FN and BASE (the name without the instruction
 * set: inlined from gates.h, so compiled for this one) are defined.
 *
 * A packed matrix is a stream: block after block of three vectors of columns, and in a
 * block row after row. For the gates the three vectors are the same VL units of z, r, g;
 * for a plain matrix they are 3 VL neighbouring columns. Columns that are not there are 0. */

typedef REAL FN(vec) __attribute__((vector_size(VL * sizeof(REAL))));
typedef REAL FN(loose)
    __attribute__((vector_size(VL * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));
#define VEC FN(vec)
#define LOAD(from) ((VEC)(*(const FN(loose) *)(from)))
#define STORE(to, v) (*(FN(loose) *)(to) = (v))
#define MOST_SUMS (8 * 3 * VL)

#include "tile_body.h"

#include "product_body.h"

#include "outer_body.h"

#include "steps_body.h"

#include "flat_body.h"

static const TABLE FN(table) = {
    FN(packed_size),
    FN(pack),
    FN(product),
    FN(outer),
    FN(after_step),
    FN(after_backward),
    FN(before_reset),
    FN(before_step),
    FN(before_backward),
    FN(before_reset_backward),
    FN(activate),
    FN(activate_backward),
    FN(adam),
};

#undef VEC
#undef LOAD
#undef STORE
#undef MOST_SUMS
