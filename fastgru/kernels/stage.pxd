"""What a layer is to a Chain: a pass forward and one backward, over arrays bound once."""


cdef class Stage:
    cdef readonly dict arrays

    cdef void* address(self, name) except? NULL

    # Both trust that x and dy are packed arrays of the bound shape. `forward` returns y;
    # `backward` adds to the gradients and returns dx, or NULL where it is not wanted. What
    # they return is valid until the stage's next call, and x is read again by `backward`.
    cdef const void* forward(self, const void* x) except NULL
    cdef const void* backward(self, const void* dy, bint want_dx) noexcept
