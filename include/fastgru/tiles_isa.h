/* Both precisions for one instruction set: included by tiles.h with ISA, BYTES and TILE_ROWS
 * defined; has no guard on purpose. */

#define JOIN_(name, real, isa) name##_##real##_##isa
#define JOIN(name, real, isa) JOIN_(name, real, isa)

#define REAL float
#define VL (BYTES / 4)
#define BASE(name) name##_f32
#define FN(name) JOIN(name, f32, ISA)
#define TABLE fastgru_table_f32
#include "tiles_body.h"
#undef REAL
#undef VL
#undef BASE
#undef FN
#undef TABLE

#define REAL double
#define VL (BYTES / 8)
#define BASE(name) name##_f64
#define FN(name) JOIN(name, f64, ISA)
#define TABLE fastgru_table_f64
#include "tiles_body.h"
#undef REAL
#undef VL
#undef BASE
#undef FN
#undef TABLE

#undef JOIN
#undef JOIN_
