"""The mutants fit today's sources; mutants.py, run by hand, judges the tests with them."""

import mutants
import pytest
from mutants_table import EQUIVALENT, SECTIONS

sections = pytest.mark.parametrize("section", SECTIONS, ids=lambda section: " ".join(section))


@sections
def test_each_text_occurs_once_in_its_function(section):
    name, marker = section
    text = (mutants.ROOT / name).read_text()
    for old, new in SECTIONS[section]:
        assert mutants.mutate(text, marker, old, new) != text


@sections
def test_no_mutant_is_there_twice(section):
    assert len(set(SECTIONS[section])) == len(SECTIONS[section])


def test_those_that_change_nothing_are_in_the_table():
    there = {(marker, *pair) for (_, marker), pairs in SECTIONS.items() for pair in pairs}
    assert set(EQUIVALENT) <= there


C = "/* Two. */\nint one(int a)\n{\n#if A\n    a = 1;\n#endif\n}\nint two(void)\n{\n    a = 1;\n}\n"
CYTHON = '''"""Two."""
cdef int one(
        int a,
):
    a = 1


cdef class Two:
    def two(self):
        a = 1

    def three(self):
        a = 1
'''


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        (C, "one("),
        (C, "two("),
        (CYTHON, "cdef int one("),
        (CYTHON, "def two("),
        (CYTHON, "def three("),
    ],
)
def test_a_mutant_stays_in_its_function(text, marker):
    found = mutants.mutate(text, marker, "a = 1", "a = 2")
    start = text.index("a = 1", text.index(marker))
    assert found == text[:start] + "a = 2" + text[start + 5 :]


def test_a_text_that_is_not_there_or_there_twice_is_refused():
    with pytest.raises(ValueError, match=r"^one\(: 'a = 3' occurs 0 times, must occur once$"):
        mutants.mutate(C, "one(", "a = 3", "a = 2")
    with pytest.raises(ValueError, match=r"^cdef class Two: 'a = 1' occurs 2 times"):
        mutants.mutate(CYTHON, "cdef class Two", "a = 1", "a = 2")
