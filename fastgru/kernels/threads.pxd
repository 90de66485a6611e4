"""The pool of include/fastgru/pool.h, shared by all kernels of the process."""

ctypedef void (*task_type)(void* context, Py_ssize_t number) noexcept nogil

# At most `threads` of them; the caller's is one.
cdef void run(int threads, Py_ssize_t tasks, task_type task, void* context) noexcept nogil

# How many threads work of this many multiplications is worth, up to the number set.
cdef int worth(double multiplications) noexcept nogil
