"""Public names are the ones written here, and the C headers stand on their own."""

import importlib
import shutil
import subprocess
import types
from pathlib import Path

import pytest

import fastgru

#: Every name of a module that does not come from another one, with `|` before those that
#: only the floors above use.
PUBLIC = {
    "fastgru.layers": """
        Activation AveragePooling1D AvgPool1D BatchNormalization Bidirectional Cell Conv1D
        Convolution1D Cropping1D Dense Dropout ELU Embedding Flatten GRU GRUCell GaussianNoise GlobalAveragePooling1D
        GlobalAvgPool1D GlobalMaxPool1D GlobalMaxPooling1D Input InputLayer LSTM LSTMCell Layer LayerNormalization LeakyReLU
        Masking MaxPool1D MaxPooling1D Normalization PReLU Permute RNN ReLU RepeatVector Rescaling Reshape
        SimpleRNN SimpleRNNCell Softmax SpatialDropout1D StackedRNNCells TextVectorization
        TimeDistributed UpSampling1D ZeroPadding1D | CELLS CLASSES
    """,
    "fastgru.models": "Sequential clone_model load_model model_from_json save_model |",
    "fastgru.losses": """
        BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy
        CategoricalFocalCrossentropy CategoricalHinge CosineSimilarity Hinge Huber
        KLDivergence LogCosh Loss MeanAbsoluteError MeanAbsolutePercentageError
        MeanSquaredError MeanSquaredLogarithmicError Poisson
        SparseCategoricalCrossentropy SquaredHinge bce binary_crossentropy
        binary_focal_crossentropy categorical_crossentropy
        categorical_focal_crossentropy categorical_hinge cosine_similarity ctc get hinge
        huber kl_divergence kld log_cosh mae mape mean_absolute_error
        mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error
        mse msle poisson sparse_categorical_crossentropy squared_hinge | CLASSES
    """,
    "fastgru.metrics": """
        AUC Accuracy BinaryAccuracy BinaryCrossentropy CategoricalAccuracy
        CategoricalCrossentropy CategoricalHinge CosineSimilarity F1Score FBetaScore
        FalseNegatives FalsePositives Hinge KLDivergence LogCoshError Mean
        MeanAbsoluteError MeanAbsolutePercentageError MeanMetricWrapper MeanSquaredError
        MeanSquaredLogarithmicError Metric Poisson Precision PrecisionAtRecall R2Score
        Recall RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity
        SparseCategoricalAccuracy SparseCategoricalCrossentropy
        SparseTopKCategoricalAccuracy SpecificityAtSensitivity SquaredHinge Sum
        TopKCategoricalAccuracy TrueNegatives TruePositives Variable binary_accuracy
        binary_crossentropy binary_focal_crossentropy categorical_accuracy
        categorical_crossentropy categorical_focal_crossentropy categorical_hinge get
        hinge huber kl_divergence log_cosh mae mape mean_absolute_error
        mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error
        mse msle poisson sparse_categorical_accuracy sparse_categorical_crossentropy
        sparse_top_k_categorical_accuracy squared_hinge top_k_categorical_accuracy |
        CLASSES check check_all resolve result_names
    """,
    "fastgru.optimizers": """
        Adadelta Adagrad Adam AdamW Adamax Lion Nadam Optimizer RMSprop SGD deserialize get
        serialize | CLASSES
    """,
    "fastgru.optimizers.schedules": """
        CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay LearningRateSchedule
        PiecewiseConstantDecay PolynomialDecay deserialize serialize | CLASSES
    """,
    "fastgru.callbacks": """
        BackupAndRestore CSVLogger Callback CallbackList EarlyStopping History LambdaCallback
        LearningRateScheduler ModelCheckpoint ProgbarLogger ReduceLROnPlateau TensorBoard
        TerminateOnNaN |
    """,
    "fastgru.initializers": """
        Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer
        Initializer LecunNormal LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal
        RandomUniform STFT STFTInitializer TruncatedNormal VarianceScaling Zeros constant
        deserialize get glorot_normal glorot_uniform he_normal he_uniform identity
        lecun_normal lecun_uniform ones orthogonal random_normal random_uniform serialize stft
        truncated_normal variance_scaling zeros | CLASSES Function
    """,
    "fastgru.regularizers": """
        L1 L1L2 L2 OrthogonalRegularizer Regularizer deserialize get l1 l1_l2 l2
        orthogonal_regularizer serialize | CLASSES
    """,
    "fastgru.constraints": """
        Constraint MaxNorm MinMaxNorm NonNeg UnitNorm deserialize get max_norm min_max_norm
        non_neg serialize unit_norm | CLASSES EPSILON
    """,
    "fastgru.activations": """
        celu deserialize elu exponential gelu get glu hard_shrink hard_sigmoid
        hard_sigmoid_keras2 hard_silu hard_swish hard_tanh leaky_relu linear log_sigmoid
        log_softmax mish relu relu6 selu serialize sigmoid silu soft_shrink softmax softplus
        softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink
        threshold
        | FUNCTIONS KINDS NAMES ROWS apply backward enlist needs_input resolve
    """,
    "fastgru.utils": """
        PyDataset Sequence clear_session model_to_text normalize pad_sequences plot_model
        set_random_seed text_dataset_from_directory timeseries_dataset_from_array to_categorical |
    """,
    "fastgru.preprocessing": "text_dataset_from_directory timeseries_dataset_from_array |",
    "fastgru.preprocessing.text": """
        Tokenizer hashing_trick one_hot text_to_word_sequence tokenizer_from_json |
    """,
    "fastgru.preprocessing.sequence": """
        TimeseriesGenerator make_sampling_table pad_sequences skipgrams |
    """,
    "fastgru.saving": """
        ModelFormatError from_keras from_torch inspect load_model load_weights model_from_json
        save_model save_weights to_keras to_torch |
    """,
}
TOP = """
    Initializer Input Layer Loss Metric ModelFormatError Optimizer Regularizer Sequential
    activations callbacks constraints get_num_threads initializers layers losses metrics models
    optimizers preprocessing regularizers saving set_num_threads utils
"""
modules = pytest.mark.parametrize("name", PUBLIC)


def own(module):
    """Public names that a module defines or lists, not those it has from elsewhere."""
    listed = getattr(module, "__all__", ())
    return {
        name
        for name in dir(module)
        if not name.startswith("_")
        and not isinstance(value := getattr(module, name), types.ModuleType)
        and (
            name in listed
            or getattr(value, "__module__", module.__name__).startswith(module.__name__)
        )
    }


@modules
def test_a_module_has_the_names_written_here(name):
    public, internal = (names.split() for names in PUBLIC[name].split("|"))
    assert own(importlib.import_module(name)) == {*public, *internal}
    assert public == sorted(public) and internal == sorted(internal)


def test_the_package_has_the_names_written_here_and_all_of_them_are_there():
    assert sorted(fastgru.__all__) == TOP.split()
    assert set(TOP.split()) <= set(dir(fastgru))
    for name in TOP.split():
        assert getattr(fastgru, name) is not None
    with pytest.raises(AttributeError, match="^module 'fastgru' has no attribute 'LSTM'$"):
        fastgru.LSTM  # noqa: B018


@modules
def test_public_names_have_docstrings(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for entry in PUBLIC[name].split("|")[0].split():
        assert getattr(module, entry).__doc__, entry


def headers():
    """The folder of the headers: in the source tree, or inside the installed package."""
    root = Path(__file__).parents[2] / "include"
    return root if root.is_dir() else Path(fastgru.__file__).parent / "include"


@pytest.mark.parametrize("dialect", ["c99", "c11"])
@pytest.mark.parametrize(
    "header", ["activations", "elementary", "gates", "pool", "spans", "table", "tiles"]
)
def test_a_header_compiles_alone_without_a_warning(header, dialect, tmp_path):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler")
    source = tmp_path / "alone.c"
    source.write_text(f'#include "fastgru/{header}.h"\nint main(void) {{ return 0; }}\n')
    strict = [f"-std={dialect}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"]
    done = subprocess.run(
        [compiler, *strict, "-I", str(headers()), str(source)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_every_header_with_a_guard_is_among_those():
    guarded = [
        path.stem for path in headers().rglob("*.h") if "#ifndef FASTGRU_" in path.read_text()
    ]
    assert sorted(guarded) == [
        "activations",
        "elementary",
        "gates",
        "pool",
        "spans",
        "table",
        "tiles",
    ]
