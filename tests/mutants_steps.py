"""What mutants.py breaks in a step's C code: (file, function): [(text, what it becomes), ...].

Each text occurs once in its function.
"""

STEPS = "include/fastgru/steps_body.h"

FINISH_KIND = [
    ("BASE(after_forward_zr)(rec, keep, VL, H", "BASE(after_forward_zr)(rec, keep, VL, VL"),
    ("acc + 3 * k * VL);", "acc + 3 * i * VL);"),
    ("BASE(after_forward_g)(act", "BASE(after_forward_g)(rec"),
    ("acc + 3 * k * VL, at", "acc + 3 * i * VL, at"),
    ("at->h_prev[k]", "at->h_prev[i]"),
    ("at->h_next[k]", "at->h_next[i]"),
]
FINISH = [
    ("act != FASTGRU_TANH || rec", "act != FASTGRU_TANH && rec"),
    ("else if (keep)", "else if (!keep)"),
    ("FASTGRU_SIGMOID, 1, i", "FASTGRU_SIGMOID, 0, i"),
]
FINISH_PART = [
    ("memcpy(bias, bq, size)", "memcpy(bias, bq, 0)"),
    ("LOAD(sum) + LOAD(gates[k])", "LOAD(sum)"),
    ("LOAD(sum + VL) + LOAD(gates[k] + VL)", "LOAD(sum + VL) + LOAD(gates[k])"),
    ("LOAD(sum + 2 * VL) + LOAD(bias)", "LOAD(sum + 2 * VL)"),
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
    (".from_row = {4 * H, 4 * H, 0}", ".from_row = {4 * H, 4 * H, H}"),
    (".from_row = {4 * H, 4 * H, 0}", ".from_row = {4 * H, 0, 0}"),
    (".from_block = VL", ".from_block = 0"),
    ("ends.begun = whole", "ends.begun = blocks"),
    ("ends.begun = whole", "ends.begun = 0"),
    ("ends.from[2] = bq + first", "ends.from[2] = bq"),
    ("gates + row * 4 * H + first", "gates + row * 4 * H"),
    ("ends.from[0] + H", "ends.from[0]"),
    ("++b, ++i", "++b"),
    ("first + j * VL", "first"),
    ("gates + b * 4 * H + u", "gates + b * 4 * H"),
    ("h_prev + b * H + u", "h_prev + u"),
    ("b < going_on ?", "b <= going_on ?"),
    ("b < going_on ? h_next : h_final", "h_next"),
    ("h_final) + b * H + u", "h_final) + u"),
    ("H - first < blocks * VL ? blocks - 1 : blocks", "blocks"),
    ("0, whole * took, &at", "0, whole, &at"),
    ("whole * took, blocks * took, H % VL", "0, blocks * took, H % VL"),
    ("bq + first + whole * VL", "bq + first"),
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
