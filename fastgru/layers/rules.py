"""What a parameter is, and what it is subject to."""

import dataclasses

from fastgru import constraints, initializers, regularizers

#: What a parameter may be subject to, and the modules that know it.
RULES = {
    "initializer": initializers, "regularizer": regularizers, "constraint": constraints
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Spec:
    """One parameter: what it is called, its shape, where it starts, what it is held to."""

    name: str
    shape: tuple
    initializer: initializers.Initializer
    regularizer: regularizers.Regularizer | None = None
    constraint: constraints.Constraint | None = None
    sparse: bool = False
    #: Not so for what the layer keeps for itself, and no optimiser changes.
    trainable: bool = True


class Ruled:
    """The part of a layer that knows the rules of its parameters, by Keras' names."""

    #: Names of the attributes that `rules` and `start` have made.
    ruled = ()

    def rules(self, what, initializer, regularizer=None, constraint=None):
        """Take a parameter's three rules, as `<what>_initializer` and so on."""
        for kind, given in zip(RULES, (initializer, regularizer, constraint), strict=True):
            name = f"{what}_{kind}"
            setattr(self, name, RULES[kind].get(given, type(self).__name__, name))
        self.ruled += tuple(f"{what}_{kind}" for kind in RULES)

    def start(self, what, initializer):
        """Take where a parameter without other rules starts, as `<what>_initializer`."""
        name = f"{what}_initializer"
        setattr(self, name, initializers.get(initializer, type(self).__name__, name))
        self.ruled += (name,)

    def spec(self, what, shape, name=None, **more):
        """The `Spec` of a parameter by its rules; `name` if it is not called `what`."""
        found = (getattr(self, f"{what}_{kind}", None) for kind in RULES)
        return Spec(name or what, tuple(shape), *found, **more)

    def rules_config(self):
        """The rules for `get_config`."""
        return {
            name: RULES[name.rpartition("_")[2]].serialize(getattr(self, name))
            for name in self.ruled
        }
