"""Cases for every optimiser and every option, on a model with an embedding.

RULES are functions of a module of optimisers, of Keras or of fastgru; those in `FITTED` are
golden cases too. Options are small enough to act in every step.
"""

from keras_parity.case import Case, integers, tokens


def without_bias(optimizer):
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


RULES = {
    "adam": lambda k: k.Adam(0.01),
    "adam_amsgrad": lambda k: k.Adam(0.01, beta_1=0.6, beta_2=0.7, amsgrad=True),
    "adamw": lambda k: k.AdamW(0.01),
    "adamw_amsgrad": lambda k: k.AdamW(0.01, weight_decay=0.3, amsgrad=True),
    "sgd": lambda k: k.SGD(0.05),
    "sgd_momentum": lambda k: k.SGD(0.05, momentum=0.8),
    "sgd_nesterov": lambda k: k.SGD(0.05, momentum=0.8, nesterov=True),
    "rmsprop": lambda k: k.RMSprop(0.005),
    "rmsprop_all": lambda k: k.RMSprop(0.002, momentum=0.6, centered=True),
    "nadam": lambda k: k.Nadam(0.005),
    "nadam_betas": lambda k: k.Nadam(0.01, beta_1=0.7, beta_2=0.9, epsilon=1e-3),
    "adamax": lambda k: k.Adamax(0.01),
    "adamax_betas": lambda k: k.Adamax(0.01, beta_1=0.7, beta_2=0.9, epsilon=1e-2),
    "adagrad": lambda k: k.Adagrad(0.05),
    "adagrad_start": lambda k: k.Adagrad(0.05, initial_accumulator_value=0.01, epsilon=1e-3),
    "adadelta": lambda k: k.Adadelta(1.0),
    "adadelta_rho": lambda k: k.Adadelta(0.5, rho=0.7, epsilon=1e-4),
    "lion": lambda k: k.Lion(0.002),
    "lion_betas": lambda k: k.Lion(0.002, beta_1=0.7, beta_2=0.8),
    "clipnorm": lambda k: k.Adam(0.01, epsilon=1e-3, clipnorm=0.02),
    "clipvalue": lambda k: k.RMSprop(0.005, epsilon=1e-3, clipvalue=0.01),
    "global_clipnorm": lambda k: k.SGD(0.5, momentum=0.5, global_clipnorm=0.1),
    "clip_that_never_acts": lambda k: k.SGD(0.05, clipnorm=1e3),
    "weight_decay": lambda k: k.SGD(0.05, weight_decay=0.2),
    "weight_decay_but_for_the_bias": lambda k: without_bias(k.AdamW(0.01, weight_decay=0.5)),
    "ema": lambda k: k.Adam(0.01, use_ema=True, ema_momentum=0.9),
    "ema_overwrites": lambda k: k.SGD(
        0.05, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=3
    ),
    "loss_scale": lambda k: k.Adam(0.01, loss_scale_factor=3.0),
    "accumulation": lambda k: k.Adam(0.02, gradient_accumulation_steps=3),
    "accumulation_with_all": lambda k: k.Nadam(
        k.schedules.CosineDecay(0.02, 30, warmup_target=0.05, warmup_steps=5),
        weight_decay=0.2, clipnorm=0.1, use_ema=True, ema_momentum=0.8,
        ema_overwrite_frequency=2, loss_scale_factor=2.0, gradient_accumulation_steps=3,
    ),
    "schedule": lambda k: k.Adam(k.schedules.ExponentialDecay(0.02, 3, 0.7)),
    "schedule_with_decay": lambda k: k.Lion(
        k.schedules.PiecewiseConstantDecay([4, 9], [0.003, 0.001, 0.002]), weight_decay=0.5
    ),
    "callable_rate": lambda k: k.Adamax(lambda: 0.015),
}  # fmt: skip
# The plain ones are among `training_cases`.
FITTED = [
    "adam_amsgrad", "adamw", "nadam", "adamax", "adagrad", "adadelta", "lion", "clipnorm",
    "clipvalue", "global_clipnorm", "weight_decay_but_for_the_bias", "ema", "ema_overwrites",
    "accumulation", "accumulation_with_all", "schedule",
]  # fmt: skip

OPTIMIZER_CASES = [
    Case(
        f"optimizer_{name}",
        lambda L: [
            L.Input((6,)),
            L.Embedding(9, 4, mask_zero=True),
            L.GRU(5),
            L.Dense(1, activation="sigmoid"),
        ],
        tokens(6, 9, "pre"),
        integers(2),
        loss="binary_crossentropy",
        optimizer=RULES[name],
    )
    for name in FITTED
]
