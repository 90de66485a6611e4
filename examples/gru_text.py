"""From sentences to a GRU: why word ids do not fit in directly, and two ways that work."""

import numpy as np

from fastgru.layers import GRU, Dense, Embedding
from fastgru.models import Sequential
from fastgru.preprocessing.sequence import pad_sequences
from fastgru.preprocessing.text import Tokenizer
from fastgru.utils import to_categorical

texts = ["This film is good", "This film is bad", "I like this film very much"]
labels = np.array([1, 0, 1])

tokenizer = Tokenizer(num_words=100)
tokenizer.fit_on_texts(texts)
sequences = tokenizer.texts_to_sequences(texts)
data = pad_sequences(sequences, maxlen=5)
print(data)

# Three sentences of five ids are two axes; GRU(32, input_shape=(5, 100)) takes three: for
# every step of a sentence it wants 100 numbers, not one id.
model = Sequential()
model.add(GRU(32, input_shape=(5, 100)))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
try:
    model.fit(data, labels, epochs=5, batch_size=1)
except ValueError as error:
    print("ValueError:", error)

print("\nFirst way: an Embedding in front learns a vector for every word.")
model = Sequential()
model.add(Embedding(100, 32, mask_zero=True))
model.add(GRU(32))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(data, labels, epochs=5, batch_size=1)

print("\nSecond way: a row of 100 numbers for every word, all 0 but for a 1 at its id.")
one_hot = to_categorical(data, num_classes=100)
print(one_hot.shape)
model = Sequential()
model.add(GRU(32, input_shape=(5, 100)))
model.add(Dense(1, activation="sigmoid"))
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(one_hot, labels, epochs=5, batch_size=1)
