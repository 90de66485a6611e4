"""Models out of PyTorch's modules, beside PyTorch itself."""

import warnings

import pytest
from numpy.testing import assert_allclose

import fastgru
from fastgru import layers as L
from fastgru.formats.pytorch.arrays import PLAIN
from fastgru.saving import from_torch

torch = pytest.importorskip("torch")
nn = torch.nn

B, T, I = 4, 7, 5
X = torch.randn(B, T, I, generator=torch.Generator().manual_seed(1))
IDS = torch.randint(0, 9, (B, T), generator=torch.Generator().manual_seed(2))


def random(module):
    """The module in evaluation mode with asymmetric numbers everywhere."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0, 0.5, generator=generator)
        for name, buffer in module.named_buffers():
            if "running" in name:
                buffer.uniform_(0.5, 2.0, generator=generator)
    return module.eval()


def assert_same(source, want, x=X, tolerance=1e-6, **options):
    got = from_torch(source, **options).predict(x.numpy(), verbose=0)
    want = want.detach().numpy()
    assert got.shape == want.shape and got.dtype == want.dtype
    # Of a relu's states, which reach ten, float32 has no more than seven digits.
    assert_allclose(got, want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("cls", ["GRU", "LSTM", "RNN"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(
    "options",
    [{"num_layers": 2, "dropout": 0.3, "batch_first": True}, {"bias": False}],
    ids=["two layers", "no bias, time first"],
)
def test_recurrent_modules(cls, bidirectional, options):
    options = options | ({"nonlinearity": "relu"} if cls == "RNN" and len(options) == 1 else {})
    module = random(getattr(nn, cls)(I, 6, bidirectional=bidirectional, **options))
    first = options.get("batch_first", False)
    y, h = module(X if first else X.transpose(0, 1))
    h = h[0] if cls == "LSTM" else h
    y = y if first else y.transpose(0, 1)
    assert_same(module, y, return_sequences=True)
    assert_same(module, torch.cat(list(h[-1 - bidirectional :]), 1))
    if not bidirectional:
        assert_same(module, y[:, -1])


def stepped(cell):
    """The state of a cell after all steps."""
    state = None
    for t in range(T):
        state = cell(X[:, t], state)
    return state


@pytest.mark.parametrize("cls", ["GRUCell", "LSTMCell", "RNNCell"])
def test_cells_are_layers_over_a_sequence(cls):
    module = random(getattr(nn, cls)(I, 3))
    state = stepped(module)
    assert_same(module, state[0] if cls == "LSTMCell" else state)


def test_a_convolutional_stack_as_sequential_runs_it():
    module = random(
        nn.Sequential(
            nn.Conv1d(T, 4, 2, padding=1), nn.BatchNorm1d(4, eps=1e-3, momentum=0.2), nn.ReLU(),
            nn.MaxPool1d(2, 1), nn.Sequential(nn.Conv1d(4, 6, 3, padding="same", groups=2)),
            nn.Identity(), nn.PReLU(6), nn.AvgPool1d(2, 1, padding=1), nn.LayerNorm([6, 6]),
            nn.Dropout(0.4), nn.Flatten(), nn.Linear(36, 8), nn.BatchNorm1d(8, affine=False),
            nn.Linear(8, 3, bias=False), nn.PReLU(), nn.LayerNorm(3, elementwise_affine=False),
        )
    )  # fmt: skip
    assert_same(module, module(X), input_shape=(T, I))
    for conv, pool in (
        (nn.Conv1d(T, 4, 2, stride=2), nn.AdaptiveAvgPool1d(1)),
        (nn.Conv1d(T, 4, 2, dilation=2), nn.AdaptiveMaxPool1d(1)),
    ):
        other = random(nn.Sequential(conv, pool))
        assert_same(other, other(X), input_shape=(T, I))


ACTIVATIONS = {
    "sigmoid": ("Sigmoid",), "tanh": ("Tanh",), "relu": ("ReLU",), "relu6": ("ReLU6",),
    "leaky": ("LeakyReLU", 0.1), "elu": ("ELU", 0.7), "selu": ("SELU",), "silu": ("SiLU",),
    "gelu": ("GELU",), "softplus": ("Softplus",), "softsign": ("Softsign",),
    "hardsigmoid": ("Hardsigmoid",), "softmax": ("Softmax", -1), "softmax 1": ("Softmax", 1),
    "log": ("LogSoftmax", 2),
}  # fmt: skip


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    word, *given = ACTIVATIONS[name]
    module = getattr(nn, word)(*given)
    x = 4 * X
    assert_same(module, module(x), x, input_shape=(T, I))


class Net(nn.Module):
    """What users write."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(9, I, padding_idx=0)
        self.gru = nn.GRU(I, 6, batch_first=True)
        self.fc = nn.Linear(6, 1)

    def forward(self, x):
        y, _ = self.gru(self.words(x))
        return torch.sigmoid(self.fc(y[:, -1]))


def test_a_list_in_the_order_of_forward():
    net = random(Net())
    want = net(IDS)
    assert_same([net.words, net.gru, net.fc, "sigmoid"], want, IDS)
    assert_same([[net.words], nn.ModuleList([net.gru, net.fc]), nn.Sigmoid()], want, IDS)
    # Ids of the row that is no padding here.
    assert (IDS == 0).any() and not from_torch([net.words]).layers[0].mask_zero


def test_padding_as_packed_sequences_skip_it():
    words, gru = random(nn.Embedding(9, I)), random(nn.GRU(I, 4, 2, bidirectional=True))
    lengths = torch.tensor([7, 5, 2, 1])
    ids = torch.where(torch.arange(T) < lengths[:, None], IDS.clamp(min=1), 0)
    packed = nn.utils.rnn.pack_padded_sequence(words(ids).transpose(0, 1), lengths)
    _, h = gru(packed)
    assert_same([words, gru], torch.cat([h[-2], h[-1]], 1), ids, mask_zero=True)


def test_layers_of_fastgru_between():
    conv, gru = random(nn.Conv1d(I, 4, 3)), random(nn.GRU(4, 3, batch_first=True))
    want = gru(conv(X.transpose(1, 2)).transpose(1, 2))[0].amax(1)
    turn = L.Permute((2, 1))
    between = [turn, conv, L.Permute((2, 1)), gru, L.GlobalMaxPooling1D()]
    assert_same(between, want, input_shape=(T, I), return_sequences=True)
    assert not turn.built


def test_dtypes_and_strides():
    net = random(Net()).double()
    assert_same([net.words, net.gru, net.fc, "sigmoid"], net(IDS), IDS, 1e-12)
    linear = nn.Linear(I, 3)
    want = linear(X)
    strided = {name: value.t().contiguous().t() for name, value in linear.state_dict().items()}
    assert not strided["weight"].is_contiguous()
    assert_same(strided, want, input_shape=(T, I))
    for dtype in (torch.half, torch.bfloat16):
        rounded = linear.to(dtype).float()
        assert_same(
            {name: value.to(dtype) for name, value in rounded.state_dict().items()},
            rounded(X), input_shape=(T, I),
        )  # fmt: skip


def test_a_state_dict_of_tensors():
    net = random(Net())
    want = net(IDS)
    state = net.state_dict()
    assert_same(state, torch.logit(want), IDS, 1e-5)  # logit itself rounds
    assert_same(state, want, IDS, layers=["words", "gru", "fc", "sigmoid"])
    assert_same({f"module.{name}": value for name, value in state.items()}, want, IDS,
                layers=["module.words", "module.gru", "module.fc", "sigmoid"])  # fmt: skip
    cell = random(nn.LSTMCell(I, 3))
    assert_same(cell.state_dict(), stepped(cell)[0])
    norm = random(nn.Sequential(nn.Linear(I, 3), nn.PReLU(), nn.BatchNorm1d(3)))
    x = X[:, 0]
    assert_same(norm.state_dict(), norm(x), x, layers=["0", "1", "2"])


def test_training_goes_on_as_in_pytorch():
    """The gradients of the model are PyTorch's: one step of plain descent."""
    net = random(Net()).double()
    model = from_torch([net.words, net.gru, net.fc, "sigmoid"])
    y = torch.rand(B, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    nn.functional.binary_cross_entropy(net(IDS), y).backward()
    with torch.no_grad():
        net.words.weight.grad[0] = 0  # padding_idx holds its row still
        for parameter in net.parameters():
            parameter -= 0.1 * parameter.grad
    model.compile(fastgru.optimizers.SGD(0.1), "binary_crossentropy")
    model.train_on_batch(IDS.numpy(), y.numpy())
    after = from_torch([net.words, net.gru, net.fc, "sigmoid"])
    for mine, theirs in zip(model.get_weights()[1:], after.get_weights()[1:], strict=True):
        assert_allclose(mine, theirs, rtol=0, atol=1e-9)
    assert_allclose(model.get_weights()[0][1:], after.get_weights()[0][1:], rtol=0, atol=1e-9)


KNOWN = "GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell, Linear, Embedding, LayerNorm, BatchNorm1d"
CURE = "Give a list in the order of its forward, like "


def without_weights():
    linear = nn.Linear(2, 3)
    del linear.weight
    return linear


def with_more():
    linear = nn.Linear(2, 3)
    linear.register_parameter("scale", nn.Parameter(torch.ones(3)))
    return linear


def quantised():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch moves it to another package
        return [torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.GRU(2, 3)))[0]]


REFUSED = {
    "a class of the user's": (
        Net, ("a module must be one of torch.nn's own, for what its forward does cannot be seen; "
        f"got Net. {CURE}[module.words, module.gru, module.fc], with activations by name."), {},
    ),
    "no layer here": (
        lambda: [nn.Linear(2, 3), nn.Bilinear(2, 3, 4)],
        f"every module must be one of torch.nn's {KNOWN}", {},
    ),
    "weight norm": (
        lambda: [nn.utils.parametrizations.weight_norm(nn.Linear(2, 3))],
        f"the weights of a module must be plain; got ParametrizedLinear. {PLAIN}", {},
    ),
    "quantised": (
        quantised,
        ("a module must have weights of floats; got a quantised GRU. Give the module that it was "
        "made of."), {},
    ),
    "a word": (lambda: ["sigmoyd"], "a word in the list must name an activation, one of ", {}),
    "missing weights": (
        without_weights, "the weights of Linear (0) must be weight, bias; got none of weight.", {},
    ),
    "weights left over": (
        with_more, "the weights of Linear (0) must be weight, bias; got also scale.", {},
    ),
    "widths": (
        lambda: [nn.GRU(4, 3, batch_first=True), nn.Linear(4, 1)],
        "the kernel of Linear (1) must have shape (3, 1) behind gru",
        {},
    ),
    "batch norm over steps": (
        lambda: [nn.GRU(4, 3), nn.GRU(3, 3), nn.BatchNorm1d(3)],
        ("BatchNorm1d (2) must not act on the axes of sequences beside a recurrent module with "
        "batch_first=False; got (time, batch, ...). Make the recurrent modules with "
        "batch_first=True."), {"return_sequences": True},
    ),
    "batch norm of another axis": (
        lambda: [nn.GRU(4, 3, batch_first=True), nn.BatchNorm1d(3)],
        ("the input of BatchNorm1d (1) must have shape (batch, 3, 3); got (batch, 7, 3). PyTorch "
        "normalizes the axis behind the batch's."),
        {"return_sequences": True, "input_shape": (7, 4)},
    ),
    "two orders": (
        lambda: [nn.GRU(4, 3), nn.GRU(3, 3, batch_first=True)],
        "batch_first must be the same for all modules; got True and False.", {},
    ),
    "a projection": (
        lambda: nn.LSTM(4, 3, proj_size=2), "proj_size of LSTM (0) must be 0; got 2.", {},
    ),
    "max_norm": (
        lambda: nn.Embedding(4, 3, max_norm=1.0),
        "max_norm of Embedding (0) must be None; got 1.0.", {},
    ),
    "statistics of the batch": (
        lambda: [nn.Linear(4, 3), nn.BatchNorm1d(3, track_running_stats=False)],
        "track_running_stats of BatchNorm1d (1) must be True; got False.", {},
    ),
    "tanh's gelu": (
        lambda: [nn.Linear(4, 3), nn.GELU("tanh")],
        "approximate of GELU (1) must be 'none'; got 'tanh'.", {},
    ),
    "no shape": (
        lambda: nn.Tanh(), ("the shape of a sample must be known; got modules that do not say it. "
        "input_shape=(...) says it, without the batch."), {},
    ),
    "layers": (
        lambda: nn.Linear(4, 3), "layers must come with a state dict alone; got Linear.",
        {"layers": ["a"]},
    ),
    "a layer with weights": (
        lambda: [nn.Linear(4, 3), L.Dense(2)],
        "Dense (1) must be a layer without weights; got 2.", {},
    ),
    "a tensor without numbers": (
        lambda: nn.Linear(4, 3, device="meta"),
        ("'weight' of the state dict must be a dense tensor with numbers; got one on meta with "
        "layout torch.strided."), {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    make, sentence, options = REFUSED[name]
    with pytest.raises(ValueError) as caught:
        from_torch(make(), **options)
    said = str(caught.value)
    assert said == f"from_torch: {sentence}" or (
        not sentence.endswith(".") and said.startswith(f"from_torch: {sentence}")
    )
