"""What mutants.py breaks in the gates: (file, function): [(text, what it becomes), ...].

Each text occurs once in its function.
"""

GATES = "include/fastgru/gates_body.h"

AFTER_FORWARD_ZR = [
    ("a_z = a[j]", "a_z = a[n + j]"),
    ("a_r = a[n + j]", "a_r = a[j]"),
    ("z = FN(activate)(rec, a_z)", "z = a_z"),
    ("r = FN(activate)(rec, a_r)", "r = FN(activate)(rec, a_z)"),
    ("a[j] = z", "a[j] = r"),
    ("a[n + j] = r", "a[n + j] = z"),
    ("if (keep)", "if (!keep)"),
    ("gates[j] = FN(kept)(rec, a_z, z)", "gates[j] = z"),
    ("gates[H + j] = FN(kept)(rec, a_r, r)", "gates[H + j] = FN(kept)(rec, a_r, z)"),
    ("gates[H + j] = FN", "gates[2 * H + j] = FN"),
]
AFTER_FORWARD_G = [
    ("z = a[j]", "z = a[n + j]"),
    ("q_g = a[2 * n + j]", "q_g = a[n + j]"),
    ("+ a[n + j] * q_g", "+ q_g"),
    ("+ a[n + j] * q_g", "+ z * q_g"),
    ("a_g = gates[2 * H + j]", "a_g = gates[H + j]"),
    ("g = FN(activate)(act, a_g)", "g = a_g"),
    ("g + z * (h_prev[j] - g)", "h_prev[j] + z * (g - h_prev[j])"),
    ("g + z * (h_prev[j] - g)", "g + a[n + j] * (h_prev[j] - g)"),
    ("if (keep)", "if (!keep)"),
    ("gates[2 * H + j] = FN(kept)(act, a_g, g)", "gates[2 * H + j] = g"),
    ("gates[3 * H + j] = q_g", "gates[3 * H + j] = a[n + j] * q_g"),
]
AFTER_BACKWARD = [
    ("z = FN(output)(rec, k_z)", "z = k_z"),
    ("r = FN(output)(rec, k_r)", "r = k_r"),
    ("g = FN(output)(act, k_g)", "g = FN(output)(rec, k_g)"),
    ("d * (1 - z) * FN(slope)(act, k_g, g)", "d * FN(slope)(act, k_g, g)"),
    ("d * (1 - z) * FN(slope)(act, k_g, g)", "d * z * FN(slope)(act, k_g, g)"),
    ("d * (1 - z) * FN(slope)(act, k_g, g)", "d * (1 - z)"),
    ("d * (1 - z) * FN(slope)(act, k_g, g)", "(1 - z) * FN(slope)(act, k_g, g)"),
    ("FN(slope)(act, k_g, g)", "FN(slope)(act, g, g)"),
    ("FN(slope)(act, k_g, g)", "FN(slope)(rec, k_g, g)"),
    ("D[j] = dp_g", "D[j] = dp_g * r"),
    ("d * (h_prev[j] - g)", "d * (g - h_prev[j])"),
    ("d * (h_prev[j] - g)", "d * h_prev[j]"),
    ("d * (h_prev[j] - g)", "(h_prev[j] - g)"),
    ("(h_prev[j] - g) * FN(slope)(rec, k_z, z)", "(h_prev[j] - g)"),
    ("FN(slope)(rec, k_z, z)", "FN(slope)(rec, k_r, r)"),
    ("dp_g * q_g * FN(slope)(rec, k_r, r)", "dp_g * FN(slope)(rec, k_r, r)"),
    ("dp_g * q_g * FN(slope)(rec, k_r, r)", "dp_g * q_g"),
    ("dp_g * q_g * FN(slope)(rec, k_r, r)", "d * q_g * FN(slope)(rec, k_r, r)"),
    ("FN(slope)(rec, k_r, r)", "FN(slope)(rec, k_z, z)"),
    ("D[3 * H + j] = dp_g * r", "D[3 * H + j] = dp_g"),
    ("D[3 * H + j] = dp_g * r", "D[3 * H + j] = dp_g * z"),
    ("dh[j] = d * z", "dh[j] = d"),
    ("dh[j] = d * z", "dh[j] = d * (1 - z)"),
    ("dh[j] = d * z", "dh[j] = d * r"),
]
BEFORE_RESET = [
    ("gates[j] + q[j]", "gates[j] + q[H + j]"),
    ("gates[H + j] + q[H + j]", "gates[H + j] + q[j]"),
    ("r = FN(activate)(rec, a_r)", "r = FN(activate)(rec, a_z)"),
    ("gates[j] = FN(kept)(rec, a_z, z)", "gates[j] = FN(kept)(rec, a_z, r)"),
    ("gates[j] = FN(kept)(rec, a_z, z)", "gates[j] = z"),
    ("gates[H + j] = FN(kept)(rec, a_r, r)", "gates[H + j] = r"),
    ("r * h_prev[j]", "h_prev[j]"),
    ("r * h_prev[j]", "z * h_prev[j]"),
    ("r * h_prev[j]", "r"),
]
BEFORE_FORWARD = [
    ("gates[2 * H + j] + q[2 * H + j]", "gates[2 * H + j] + q[H + j]"),
    ("gates[2 * H + j] + q[2 * H + j]", "gates[2 * H + j]"),
    ("FN(output)(rec, gates[j])", "gates[j]"),
    ("FN(output)(rec, gates[j])", "FN(output)(rec, gates[H + j])"),
    ("g = FN(activate)(act, a_g)", "g = FN(activate)(rec, a_g)"),
    ("g + z * (h_prev[j] - g)", "h_prev[j] + z * (g - h_prev[j])"),
    ("FN(kept)(act, a_g, g)", "FN(kept)(rec, a_g, g)"),
]
BEFORE_BACKWARD = [
    ("z = FN(output)(rec, k_z)", "z = k_z"),
    ("g = FN(output)(act, k_g)", "g = k_g"),
    ("d * (1 - z) * FN(slope)(act, k_g, g)", "d * FN(slope)(act, k_g, g)"),
    ("d * (1 - z) * FN(slope)(act, k_g, g)", "d * (1 - z)"),
    ("FN(slope)(act, k_g, g)", "FN(slope)(rec, k_g, g)"),
    ("d * (h_prev[j] - g)", "d * (g - h_prev[j])"),
    ("d * (h_prev[j] - g)", "d * h_prev[j]"),
    ("(h_prev[j] - g) * FN(slope)(rec, k_z, z)", "(h_prev[j] - g)"),
]
BEFORE_RESET_BACKWARD = [
    ("k_r = gates[H + j]", "k_r = gates[j]"),
    ("r = FN(output)(rec, k_r)", "r = k_r"),
    ("drh[j] * h_prev[j] * FN(slope)(rec, k_r, r)", "drh[j] * FN(slope)(rec, k_r, r)"),
    ("drh[j] * h_prev[j] * FN(slope)(rec, k_r, r)", "drh[j] * h_prev[j]"),
    ("drh[j] * h_prev[j] * FN(slope)(rec, k_r, r)", "h_prev[j] * FN(slope)(rec, k_r, r)"),
    ("dh[j] * FN(output)(rec, gates[j])", "dh[j]"),
    ("FN(output)(rec, gates[j])", "gates[j]"),
    (" + drh[j] * r", ""),
    ("drh[j] * r", "drh[j]"),
]

GATES_SECTIONS = {
    (GATES, "FN(after_forward_zr)("): AFTER_FORWARD_ZR,
    (GATES, "FN(after_forward_g)("): AFTER_FORWARD_G,
    (GATES, "FN(after_backward_row)("): AFTER_BACKWARD,
    (GATES, "FN(before_reset_row)("): BEFORE_RESET,
    (GATES, "FN(before_forward_row)("): BEFORE_FORWARD,
    (GATES, "FN(before_backward_row)("): BEFORE_BACKWARD,
    (GATES, "FN(before_reset_backward_row)("): BEFORE_RESET_BACKWARD,
}
