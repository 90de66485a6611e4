"""What mutants.py breaks in a step's C code: (file, function): [(text, what it becomes), ...].

Each text occurs once in its function.
"""

STEPS = "include/fastgru/steps_body.h"

FINISH_KIND = [
    ("BASE(after_forward_zr)(rec, keep, VL, H", "BASE(after_forward_zr)(rec, keep, VL, VL"),
    ("acc + 3 * k * VL);", "acc + 3 * i * VL);"),
    ("BASE(after_forward_g)(act", "BASE(after_forward_g)(rec"),
    ("acc + 3 * k * VL, at", "acc + 3 * i * VL, at"),
    ("at->bq[k]", "at->bq[i]"),
    ("at->h_prev[k]", "at->h_prev[i]"),
    ("at->h_next[k]", "at->h_next[i]"),
]
FINISH = [
    ("act != FASTGRU_TANH || rec", "act != FASTGRU_TANH && rec"),
    ("else if (keep)", "else if (!keep)"),
    ("FASTGRU_SIGMOID, 1, i", "FASTGRU_SIGMOID, 0, i"),
]
FINISH_PART = [
    ("memcpy(bias, at->bq[i], size)", "memcpy(bias, at->bq[i], 0)"),
    ("block < 3", "block < 2"),
    ("gates[k] + block * VL, at->gates", "gates[k], at->gates"),
    ("at->gates[k] + block * H, size", "at->gates[k], size"),
    ("memcpy(prev[k], at->h_prev[k], size)", "memcpy(prev[k], at->h_prev[k], 0)"),
    ("copy.gates[k] = gates[k]", "copy.gates[k] = gates[i]"),
    ("copy.h_prev[k] = prev[k]", "copy.h_prev[k] = prev[i]"),
    ("copy.h_next[k] = next[k]", "copy.h_next[k] = next[i]"),
    ("i, end, &copy, VL, acc", "i, end, &copy, H, acc"),
    ("keep && block < 4", "keep && block < 3"),
    ("at->gates[k] + block * H, gates", "at->gates[k] + block * VL, gates"),
    ("next[k], size", "next[k], size - sizeof(REAL)"),
]
AFTER_STEP = [
    ("FN(blocks)(rows, H - first, VL)", "FN(blocks)(rows, H, VL)"),
    ("first += blocks * VL", "first += VL"),
    ("h_prev + row * H, H, P", "h_prev, H, P"),
    ("count = took * blocks", "count = took"),
    ("row + i % took", "row"),
    ("first + i / took * VL", "first"),
    ("gates + b * 4 * H + u", "gates + b * 4 * H"),
    ("bq + u", "bq"),
    ("h_prev + b * H + u", "h_prev + u"),
    ("b < going_on ?", "b <= going_on ?"),
    ("b < going_on ? h_next : h_final", "h_next"),
    ("h_final) + b * H + u", "h_final) + u"),
    ("part = H - first < blocks * VL", "part = 0"),
    ("part ? count - took : count", "part ? 0 : count"),
    ("0, whole, &at", "0, count, &at"),
    ("whole, count, H % VL", "0, count, H % VL"),
    ("row += took", "row += 1"),
    ("P += 3 * VL * H * blocks", "P += 3 * VL * H"),
]
AFTER_BACKWARD = [
    ("gates += 4 * H", "gates += 3 * H"),
    ("act == FASTGRU_TANH && ", ""),
    ("dh += H", "dh += 0"),
    ("D += 4 * H", "D += 3 * H"),
]
BEFORE_RESET = [("q += 3 * H", "q += 2 * H"), ("rec == FASTGRU_SIGMOID", "1")]
BEFORE_STEP = [
    ("b < going_on ?", "b <= going_on ?"),
    ("(b < going_on ? h_next : h_final) + b * H", "(b < going_on ? h_next : h_final)"),
    ("act == FASTGRU_TANH && ", ""),
]
BEFORE_BACKWARD = [("h_prev += H", "h_prev += 0"), (" && rec == FASTGRU_SIGMOID", "")]
BEFORE_RESET_BACKWARD = [
    ("h_prev, D + 3 * H, dh,\n", "h_prev, D, dh,\n"),
    ("rec == FASTGRU_SIGMOID", "1"),
]

STEPS_SECTIONS = {
    (STEPS, "FN(finish_kind)("): FINISH_KIND,
    (STEPS, "FN(finish)("): FINISH,
    (STEPS, "FN(finish_part)("): FINISH_PART,
    (STEPS, "FN(after_step)("): AFTER_STEP,
    (STEPS, "FN(after_backward)("): AFTER_BACKWARD,
    (STEPS, "FN(before_reset)("): BEFORE_RESET,
    (STEPS, "FN(before_step)("): BEFORE_STEP,
    (STEPS, "FN(before_backward)("): BEFORE_BACKWARD,
    (STEPS, "FN(before_reset_backward)("): BEFORE_RESET_BACKWARD,
}
