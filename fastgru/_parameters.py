"""All parameters of a model in one flat array, all gradients in another."""

import math

import numpy as np

from fastgru._workspace import aligned


class Parameters:
    """Own the numbers of some layers; each layer holds named views.

    The table of (layer, name, shape, offset) is made here from the layers' `specs`, and
    nowhere else. A layer that already has values brings them along; otherwise its
    initialisers draw them from `rng`.
    """

    def __init__(self, layers, dtype, rng):
        self.rng = rng
        self.dtype = np.dtype(dtype)
        # Counted up with every change of values: what is derived from them looks here.
        self.version = 0
        self.layers = list(layers)
        sizes = [math.prod(spec.shape) for layer in layers for spec in layer.specs]
        self.values = aligned(sum(sizes), dtype, 0)
        self.gradients = aligned(sum(sizes), dtype, 0)
        # Per table with sparse gradients: which of its rows the batch has touched.
        self.used = {}
        self.table = []
        offset = 0
        for layer in layers:
            values, gradients = {}, {}
            for spec in layer.specs:
                end = offset + math.prod(spec.shape)
                values[spec.name] = view = self.values[offset:end].reshape(spec.shape)
                gradients[spec.name] = self.gradients[offset:end].reshape(spec.shape)
                known = layer.parameters.get(spec.name)
                view[...] = spec.initializer(spec.shape, rng) if known is None else known
                if spec.sparse:
                    self.used[layer] = np.zeros(spec.shape[0], np.uint8)
                self.table.append((layer, spec, offset, end))
                offset = end
            layer.bind(self, values, gradients)

    def bind_again(self):
        """Give the layers their views anew: those of a copied model are arrays of their own."""
        views = {layer: ({}, {}) for layer in self.layers}
        for layer, spec, start, end in self.table:
            for found, flat in zip(views[layer], (self.values, self.gradients), strict=True):
                found[spec.name] = flat[start:end].reshape(spec.shape)
        for layer in self.layers:
            layer.bind(self, *views[layer])

    def owns(self, layers):
        """Whether these layers, in this order, still hold views into this store."""
        if layers != self.layers:
            return False
        # A loop, not all(...): it runs before every small prediction.
        for layer in layers:
            if layer.store is not self:
                return False
        return True

    def stretches(self):
        """(start, end, rows, used) of what is trained, as an optimiser walks over it.

        Neighbouring parameters are one stretch; a table with sparse gradients is its own.
        """
        found = []
        for layer, spec, start, end in self.table:
            if not layer.trains(spec):
                continue
            if spec.sparse:
                found.append((start, end, spec.shape[0], self.used[layer]))
            elif found and found[-1][1] == start and found[-1][3] is None:
                found[-1] = (found[-1][0], end, 1, None)
            else:
                found.append((start, end, 1, None))
        return found

    def clear_gradients(self):
        """Set every gradient to zero; the optimiser's kernels leave them so by themselves."""
        self.gradients.fill(0)
        for used in self.used.values():
            used.fill(0)


class Window(Parameters):
    """The part of a store that some of its layers have, as a store of their own.

    The numbers are the whole one's: what one of the two changes, the other has.
    """

    def __init__(self, whole, layers):
        self.whole, self.layers = whole, tuple(layers)
        self.rng, self.dtype = whole.rng, whole.dtype
        self.used = {layer: whole.used[layer] for layer in layers if layer in whole.used}
        sizes = [math.prod(spec.shape) for layer in layers for spec in layer.specs]
        views = [layer.parameters[spec.name] for layer in layers for spec in layer.specs]
        # Behind each other, as the layers are.
        start = 0
        if views:
            start = (views[0].ctypes.data - whole.values.ctypes.data) // whole.values.itemsize
        end = start + sum(sizes)
        self.values, self.gradients = whole.values[start:end], whole.gradients[start:end]
        self.table = []
        offset = 0
        for layer in layers:
            for spec in layer.specs:
                end = offset + math.prod(spec.shape)
                self.table.append((layer, spec, offset, end))
                offset = end

    @property
    def version(self):
        return self.whole.version

    @version.setter
    def version(self, value):
        self.whole.version = value

    def owns(self, layers):
        return len(layers) == len(self.layers) and all(
            layer is mine and layer.store is self.whole
            for layer, mine in zip(layers, self.layers, strict=True)
        )
