"""Two GRU layers: the lower one hands its state of every step to the upper one."""

import numpy as np

from fastgru.layers import GRU, Dense
from fastgru.models import Sequential

model = Sequential()
model.add(GRU(64, return_sequences=True, input_shape=(10, 64)))
model.add(GRU(32))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.summary()

X_train = np.random.random((1000, 10, 64))
Y_train = np.random.randint(2, size=(1000, 1))
model.fit(X_train, Y_train, epochs=5, batch_size=32)
