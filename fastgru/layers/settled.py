"""What stays as it is once a layer is built."""

from fastgru._check import check_name, fail

#: Arguments that no built layer depends on, or that building itself sets.
_FREE = {"name", "trainable", "input_shape", "activity_regularizer"}


class Settled:
    """The part of a layer that refuses assignments which could only do harm."""

    #: Arguments that stay as they are once the layer is built, and those that need not.
    fixed, changeable = frozenset(), frozenset()
    #: Those that stay from the start, for the constructor has chosen a way by them.
    chosen_by = frozenset()

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        init = vars(cls).get("__init__")
        # Other classes than ours may do with their attributes as they like.
        if init is not None and cls.__module__.startswith("fastgru."):
            code = init.__code__
            own = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
            cls.fixed = cls.fixed.union(own, ["dtype"]).difference(_FREE, cls.changeable)

    def __setattr__(self, name, value):
        # Kernels trust sizes and options; an attribute would hide the parameter of its name.
        known = vars(self)
        if name in known.get("parameters", ()) and name not in known:
            fail(self.name, name, "be changed by set_weights", "an assignment",
                 kind=AttributeError)  # fmt: skip
        settled = known.get("built") or (name in self.chosen_by and name in known)
        if settled and name in self.fixed:
            fail(self.name, name, "stay as the layer was made", "an assignment",
                 f"Make a new {type(self).__name__}.", kind=AttributeError)  # fmt: skip
        if name == "name" and "name" in known and not check_name(self.name, value):
            fail(self.name, name, "be a word without a slash", "None")
        object.__setattr__(self, name, value)
