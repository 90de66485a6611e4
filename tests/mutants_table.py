"""What mutants.py breaks: (file, function): [(text, what it becomes), ...].

A function is named by a text of its first line; each text occurs once in its function.
"""

from mutants_backward import BACKWARD_SECTIONS
from mutants_gates import GATES_SECTIONS
from mutants_passes import PASSES_SECTIONS
from mutants_steps import STEPS_SECTIONS
from mutants_tiles import TILES_SECTIONS

SECTIONS = (
    GATES_SECTIONS | TILES_SECTIONS | STEPS_SECTIONS | PASSES_SECTIONS | BACKWARD_SECTIONS
)

# Why the tests are right not to notice: (function, text, what it becomes): the reason.
SLICES = "what a row gets does not depend on its slice: this is for speed"
EQUIVALENT = {
    ("cdef void share(", "n == 1 or tiles == 1", "tiles == 1"): SLICES,
    ("cdef void share(", "p.slice = p.B", "p.slice = 8"): SLICES,
}
