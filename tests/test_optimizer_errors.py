"""What the optimisers refuse, sentence by sentence."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose
from test_optimizers import store_of

from fastgru import optimizers
from fastgru.layers import Dense
from fastgru.optimizers import SGD, Adagrad, Adam, AdamW, Lion, Nadam, RMSprop, schedules

A_RATE = "learning_rate must be"


@pytest.mark.parametrize(
    ("make", "kind", "sentence"),
    [
        (lambda: optimizers.get("adm"), ValueError,
         ("optimizers.get: optimizer must be one of 'sgd', 'rmsprop', 'adam', 'adamw', 'nadam', "
         "'adamax', 'adagrad', 'adadelta', 'lion'; got 'adm'.")),
        (lambda: optimizers.get(3, "compile"), TypeError,
         ("compile: optimizer must be the name of an optimiser or one of fastgru.optimizers; "
          "got 3.")),
        (lambda: Adam(-1), ValueError, f"Adam: {A_RATE} at least 0; got -1."),
        (lambda: SGD("fast"), TypeError, f"SGD: {A_RATE} a number; got 'fast'."),
        (lambda: RMSprop(np.nan), ValueError, f"RMSprop: {A_RATE} at least 0; got nan."),
        (lambda: setattr(SGD(), "learning_rate", -2), ValueError,
         f"SGD: {A_RATE} at least 0; got -2."),
        (lambda: SGD(momentum=2), ValueError, "SGD: momentum must lie in [0, 1]; got 2."),
        (lambda: SGD(nesterov=1), TypeError, "SGD: nesterov must be True or False; got 1."),
        (lambda: RMSprop(rho=-1), ValueError, "RMSprop: rho must lie in [0, 1]; got -1."),
        (lambda: RMSprop(momentum="a"), TypeError,
         "RMSprop: momentum must be a number; got 'a'."),
        (lambda: RMSprop(epsilon=-1), ValueError,
         "RMSprop: epsilon must be at least 0; got -1."),
        (lambda: RMSprop(centered=None), TypeError,
         "RMSprop: centered must be True or False; got None."),
        (lambda: Adam(beta_1=1.5), ValueError, "Adam: beta_1 must lie in [0, 1]; got 1.5."),
        (lambda: Adam(beta_2=-0.5), ValueError, "Adam: beta_2 must lie in [0, 1]; got -0.5."),
        (lambda: Adam(epsilon=np.inf), ValueError,
         "Adam: epsilon must be at least 0; got inf."),
        (lambda: Adam(amsgrad=1), TypeError, "Adam: amsgrad must be True or False; got 1."),
        (lambda: AdamW(weight_decay=None), TypeError,
         "AdamW: weight_decay must be a number; got None."),
        (lambda: AdamW(beta_1=2), ValueError, "AdamW: beta_1 must lie in [0, 1]; got 2."),
        (lambda: Nadam(beta_2=1.0), ValueError, "Nadam: beta_2 must be below 1; got 1.0."),
        (lambda: Adagrad(initial_accumulator_value=-1), ValueError,
         "Adagrad: initial_accumulator_value must be at least 0; got -1."),
        (lambda: Lion(beta_1=0), ValueError, "Lion: beta_1 must be above 0; got 0.0."),
        (lambda: Adam(schedules.CosineDecay), TypeError,
         f"Adam: learning_rate must be a number; got {schedules.CosineDecay!r}."),
        (lambda: Adam(clipnorm=1.0, clipvalue=0.5), ValueError,
         ("Adam: clipnorm, clipvalue and global_clipnorm must be given one at a time; "
         "got clipnorm=1.0, clipvalue=0.5.")),
        (lambda: Adam(clipnorm=-1), ValueError, "Adam: clipnorm must be at least 0; got -1."),
        (lambda: SGD(clipvalue="a"), TypeError, "SGD: clipvalue must be a number; got 'a'."),
        (lambda: SGD(global_clipnorm=np.nan), ValueError,
         "SGD: global_clipnorm must be at least 0; got nan."),
        (lambda: SGD(weight_decay=-0.1), ValueError,
         "SGD: weight_decay must be at least 0; got -0.1."),
        (lambda: SGD(use_ema=1), TypeError, "SGD: use_ema must be True or False; got 1."),
        (lambda: SGD(ema_momentum=1.5), ValueError,
         "SGD: ema_momentum must lie in [0, 1]; got 1.5."),
        (lambda: SGD(ema_overwrite_frequency=0), ValueError,
         "SGD: ema_overwrite_frequency must be at least 1; got 0."),
        (lambda: SGD(ema_overwrite_frequency=2.0), TypeError,
         "SGD: ema_overwrite_frequency must be an integer; got 2.0."),
        (lambda: SGD(gradient_accumulation_steps=1), ValueError,
         "SGD: gradient_accumulation_steps must be at least 2; got 1."),
        (lambda: SGD(loss_scale_factor=0), ValueError,
         "SGD: loss_scale_factor must be above 0; got 0."),
        (lambda: SGD(clip_norm=1.0), TypeError,
         "SGD: keywords must be those of SGD; got clip_norm. Did you mean clipnorm?"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_refused_with_a_sentence(make, kind, sentence):
    with pytest.raises(kind, match=f"^{re.escape(sentence)}$"):
        make()


def test_a_beta_of_one_is_refused_for_it_never_forgets():
    # Its bias correction would divide by zero.
    for options in ({"beta_1": 1.0}, {"beta_2": 1.0}):
        with pytest.raises(ValueError, match=r"^Adam: beta_\d must .*; got 1\.0\.$"):
            Adam(**options)


@pytest.mark.parametrize(
    ("var_list", "var_names", "kind", "sentence"),
    [
        (["kernel"], None, TypeError, "var_list must hold weights of a model; got 'kernel'."),
        (None, "bias", TypeError, "var_names must be a list of words; got 'bias'."),
        (None, [1], TypeError, "var_names must be a list of words; got [1]."),
        ([np.zeros(2), np.zeros(3)], None, ValueError,
         ("var_list must hold weights of the model as it is now; got 2 that are not. "
          "Call it when the model is built.")),
    ],
)  # fmt: skip
def test_what_cannot_be_excluded_is_said(var_list, var_names, kind, sentence):
    optimizer = SGD(weight_decay=0.1)
    optimizer.build(store_of(Dense(2)))
    sentence = re.escape(f"exclude_from_weight_decay: {sentence}")
    with pytest.raises(kind, match=f"^{sentence}$"):
        optimizer.exclude_from_weight_decay(var_list, var_names)
    before = optimizer.store.values.copy()
    optimizer.step()
    assert_allclose(optimizer.store.values, before * (1 - 0.1 * 0.01), rtol=1e-12)
