"""The experiments by name."""

from experiments.music import Jsb, Nottingham
from experiments.names import Names
from experiments.reviews import Reviews
from experiments.shakespeare import Shakespeare
from experiments.synthetic import Adding, Copying
from experiments.vowels import Vowels

ALL = {
    kind.name: kind()
    for kind in (Jsb, Nottingham, Adding, Copying, Vowels, Names, Reviews, Shakespeare)
}
