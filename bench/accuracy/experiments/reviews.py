"""Sentiment of 10,662 film reviews (Pang and Lee 2005), with a small tutorial's model."""

import data as sets
from experiment import Experiment

SETTINGS = {
    "words": 10000, "steps": 60, "embedding": 100, "units": 64, "dropout": 0.5,
    "batch": 50, "epochs": 5,
}  # fmt: skip
SMOKE = {"words": 100, "embedding": 4, "units": 4, "epochs": 1, "samples": 300}


class Reviews(Experiment):
    name, title, folder = "reviews", "Movie reviews", "movie_reviews"
    measure, form, less = "test accuracy, %", "{:.1f}", False
    published = "77.9, bigram naive Bayes; 75.9, CNN with random embeddings (10-fold)"
    loss = "binary_crossentropy"
    #: Trained and tested too, with the same ids and seeds.
    beside = ("keras-jax",)
    notes = (
        "The model of examples/movie_reviews.py, 5 epochs, the last one counts; the same ids "
        "and seeds in Keras. There is no bound: the two are to agree."
    )
    settings = SETTINGS
    smoke = SMOKE

    def load(self, path, settings):
        from fastgru.preprocessing.text import Tokenizer
        from fastgru.utils import pad_sequences

        (x, y), (test_x, test_y) = sets.reviews(path)
        if "samples" in settings:
            step = len(x) // settings["samples"]
            x, y = x[::step], y[::step]
        tokenizer = Tokenizer(num_words=settings["words"])
        tokenizer.fit_on_texts(x)
        x, test_x = (
            pad_sequences(tokenizer.texts_to_sequences(texts), maxlen=settings["steps"])
            for texts in (x, test_x)
        )
        return {"x": x, "y": y, "test": (test_x, test_y)}

    def input_shape(self, s, data):
        return (s["steps"],)

    def layers(self, K, s, data):
        L = K.layers
        return [
            L.Embedding(s["words"], s["embedding"], mask_zero=True),
            L.GRU(s["units"]),
            L.Dropout(s["dropout"]),
            L.Dense(1, activation="sigmoid"),
        ]
