/* Some rows of a packed sequence, as stretches of neighbouring ones. */
#ifndef FASTGRU_SPANS_H
#define FASTGRU_SPANS_H

#include "table.h"

/* Rows of a matrix that `outer` copies at a time: with three vectors of columns 36 KB. */
#define DEPTH 192

struct span {
    ptrdiff_t begin, count;
};

/* How far `next_spans` has come: the step, its first row, how many of its rows are done. */
struct walk {
    const fastgru_rows *of;
    ptrdiff_t step, row, done;
};

/* The next DEPTH rows, or what is left; returns the number of spans, 0 behind the end. */
static inline int next_spans(struct walk *at, struct span *spans)
{
    const fastgru_rows *of = at->of;
    ptrdiff_t depth = 0;
    int count = 0;
    while (at->step < of->steps && depth < DEPTH) {
        const ptrdiff_t rows = of->counts[at->step];
        const ptrdiff_t left = (rows < of->last ? rows : of->last) - of->first - at->done;
        const ptrdiff_t take = left < DEPTH - depth ? left : DEPTH - depth;
        if (take > 0) {
            const ptrdiff_t begin = at->row + of->first + at->done;
            if (count && spans[count - 1].begin + spans[count - 1].count == begin)
                spans[count - 1].count += take;
            else
                spans[count++] = (struct span){begin, take};
            depth += take;
            at->done += take;
        }
        if (take < 0 || take == left) {
            at->row += rows;
            at->done = 0;
            ++at->step;
        }
    }
    return count;
}

#endif
