"""Floor 1: compiled kernels. Arrays in, arrays out; no allocation, no checks, no GIL."""
