"""A first GRU: random sequences in, one probability out."""

import numpy as np

from fastgru.layers import GRU, Dense
from fastgru.models import Sequential

model = Sequential()
model.add(GRU(32, input_shape=(10, 64)))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.summary()

# There is nothing to learn in random labels: the accuracy stays near one half.
X_train = np.random.random((1000, 10, 64))
Y_train = np.random.randint(2, size=(1000, 1))
model.fit(X_train, Y_train, epochs=5, batch_size=32)
