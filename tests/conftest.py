"""What many tests share: the shipped data, a small model, a real MLflow store, the command line."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from stancekit.labels.codebook import Codebook, released_codebook
from stancekit.labels.sentences import (
    AUTHORED,
    DOCUMENT,
    Sentence,
    labelled,
    read_sentences,
    released_sentences,
)
from stancekit.models.predictor import Predictor
from stancekit.serving import Classifier
from stancekit.training.fitting import fit
from stancekit.training.recipe import Recipe, TransformerRecipe, read_recipe, released_recipe
from stancekit.training.settings import EvaluationSettings, TunedDataSettings
from stancekit.training.tuned_model import TunedModel

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
LABELS = ROOT / "labels"
RECIPE = ROOT / "training" / "recipes" / "tfidf.toml"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def codebook() -> Codebook:
    return released_codebook()


@pytest.fixture(scope="session")
def spans(codebook: Codebook) -> list[Sentence]:
    return read_sentences(released_sentences(), codebook)


@pytest.fixture(scope="session")
def everything(spans: list[Sentence], codebook: Codebook) -> list[Sentence]:
    """All labelled sentences that ship."""
    return labelled(spans, codebook)


@pytest.fixture(scope="session")
def sentences(everything: list[Sentence]) -> list[Sentence]:
    """The labelled sentences of documents."""
    return [sentence for sentence in everything if sentence.origin == DOCUMENT]


@pytest.fixture(scope="session")
def authored(everything: list[Sentence]) -> list[Sentence]:
    return [sentence for sentence in everything if sentence.origin == AUTHORED]


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    whole = read_recipe(RECIPE)
    return replace(whole, evaluation=replace(whole.evaluation, bootstrap=200))


@pytest.fixture(scope="session", params=["tfidf", ""], ids=["baseline", "default"])
def classifier(request: pytest.FixtureRequest) -> Classifier:
    """Each of the bundles that ship."""
    return Classifier.load(request.param or None)


LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
WORDS += ["the", "of", "to", "and", "china", "firm", "ban", "open", ".", ","]
WORDS += [*LETTERS, *(f"##{letter}" for letter in LETTERS)]

_NAMES = {"distilbert": ("dim", "n_layers", "n_heads", "hidden_dim")}
_USUAL = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")


@pytest.fixture(scope="session")
def make_encoder() -> Callable[..., Path]:
    """Write a tiny encoder of some architecture, with random weights and its tokenizer."""
    return _make_encoder


@pytest.fixture(scope="session")
def digest_of() -> Callable[[Path], str]:
    """SHA-256 of the weights of the encoder in a folder."""
    return lambda folder: hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of one layer that knows a handful of words."""
    return _make_encoder(tmp_path_factory.mktemp("tiny"))


def _make_encoder(folder: Path, architecture: str = "bert", layers: int = 1) -> Path:
    """Write a tiny encoder of an architecture, with its tokenizer, to `folder`."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing
    from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

    tokenizer = Tokenizer(
        WordPiece({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]")  # noqa: S106
    )
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",  # noqa: S106
        unk_token="[UNK]",  # noqa: S106
        model_max_length=64,
    )
    wrapped.save_pretrained(folder)
    torch.manual_seed(0)
    sizes = dict(zip(_NAMES.get(architecture, _USUAL), (16, layers, 2, 32), strict=True))
    config = AutoConfig.for_model(
        architecture,
        vocab_size=len(WORDS),
        max_position_embeddings=66,  # some lose two to padding
        pad_token_id=0,
        **sizes,
    )
    AutoModel.from_config(config).save_pretrained(folder)
    return folder


# One word of each group settles the label of a task, as its position says.
FIRST, SECOND = ("ban", "open", "firm"), ("a", "b", "c")
AROUND = (
    "the {} of china and {}",
    "china and {} to {}",
    "{} , {} .",
    "the {} the {}",
    "to {} of {}",
)


@pytest.fixture(scope="session")
def toys(codebook: Codebook) -> list[Sentence]:
    """Sentences whose labels follow from their words."""
    one, two = codebook.tasks
    rows = []
    for number, (frame, a, b) in enumerate(product(AROUND * 4, range(3), range(3))):
        text = frame.format(FIRST[a], SECOND[b])
        labels = {one.name: one.label_names[a], two.name: two.label_names[b]}
        rows.append(
            Sentence(
                id=f"toy:{number}",
                document=f"slice-{number % 3}",
                start=0,
                end=len(text),
                text=text,
                labels=labels,
                origin=AUTHORED,
            )
        )
    return rows


@pytest.fixture(scope="session")
def tuned_recipe(make_encoder: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory,
                 digest_of: Callable[[Path], str]) -> TransformerRecipe:  # fmt: skip
    folder = make_encoder(tmp_path_factory.mktemp("two-layers"), layers=2)
    whole = read_recipe(released_recipe("minilm"))
    assert isinstance(whole, TransformerRecipe)
    return replace(
        whole,
        name="tiny",
        weights="fp32",
        start="random",
        data=TunedDataSettings(authored=True, documents=False),
        encoder=replace(
            whole.encoder,
            source="folder",
            name=str(folder),
            sha256=digest_of(folder),
            longest_tokens=32,
            layers=(1, 2),
            pooled_layers=(2,),
            fixed_layers=-1,
            context=True,
        ),
        optimisation=replace(
            whole.optimisation,
            learning_rate=5e-3,
            head_learning_rate=5e-3,
            batch=16,
            epochs=12,
            precision="fp32",
            averaged=0.0,
            validation=0.1,
            layer_decay=1.0,
        ),
        closing=replace(whole.closing, epochs=0),
        evaluation=EvaluationSettings(bootstrap=100),
    )


@pytest.fixture(scope="session")
def tuned(tuned_recipe: TransformerRecipe, toys: list[Sentence], codebook: Codebook) -> TunedModel:
    model = fit(tuned_recipe, toys, codebook)
    assert isinstance(model, TunedModel)
    return model


@pytest.fixture(scope="session")
def accuracy(codebook: Codebook) -> Callable[..., float]:
    """How often a model is right about sentences, over all tasks."""

    def accuracy(model: Predictor, rows: list[Sentence]) -> float:
        predicted = model.probabilities([row.text for row in rows], [row.context for row in rows])
        hits = [
            task.label_names[int(best)] == row.labels[task.name]
            for task in codebook.tasks
            for row, best in zip(rows, predicted[task.name].argmax(axis=1), strict=True)
        ]
        return sum(hits) / len(hits)

    return accuracy


@pytest.fixture(scope="session")
def java() -> Path:
    """The folder of a Java, for tests with Spark; without one they are skipped, in CI they fail."""
    found = shutil.which("java")
    if found is None:
        reason = "Spark needs Java 17 or newer (on Debian: apt-get install openjdk-17-jre-headless)"
        if os.environ.get("STANCEKIT_REQUIRE_SPARK"):
            pytest.fail(reason)
        pytest.skip(reason)
    return Path(found).resolve().parent.parent


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def stancekit(tmp_path: Path) -> Run:
    """Run the installed command in an empty folder, as a user would."""

    def run(*arguments: str | Path, stdin: str | bytes = "") -> subprocess.CompletedProcess[str]:
        command = [Path(sys.executable).parent / "stancekit", *map(str, arguments)]
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            command,
            input=data,
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1"},
            timeout=900,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run


@pytest.fixture(scope="module")
def mlflow_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty MLflow store of its own, in a folder that is the current one meanwhile."""
    import mlflow

    folder = tmp_path_factory.mktemp("mlflow")
    before = Path.cwd()
    os.chdir(folder)
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    yield folder
    mlflow.set_tracking_uri("")
    os.chdir(before)


@pytest.fixture(scope="session")
def tfidf() -> Classifier:
    """The baseline that ships."""
    return Classifier.load("tfidf")


Start = Callable[..., str]


@pytest.fixture(scope="session")
def start_service(tfidf: Classifier) -> Iterator[Start]:
    """Run a service in a thread, behind real connections; gives its address."""
    from stancekit.serving.http.app import create_app
    from stancekit.serving.http.limits import Limits
    from stancekit.serving.http.server import listening, server_of

    with ExitStack() as stack:

        def start(limits: Limits | None = None, **options: object) -> str:
            classifier = options.pop("classifier", tfidf)
            app = create_app(classifier, limits, **options)  # type: ignore[arg-type]
            server = server_of(app, limits or Limits())
            own = stack.enter_context(listening("127.0.0.1", 0))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [own]}, daemon=True)
            thread.start()

            def stop() -> None:
                server.should_exit = True
                thread.join(timeout=30)

            stack.callback(stop)
            while not server.started:
                time.sleep(0.01)
            return "http://{}:{}".format(*own.getsockname())

        yield start


@pytest.fixture(scope="session")
def service(start_service: Start) -> str:
    """The address of a service of the baseline with the default limits."""
    return start_service()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium; without one these tests are skipped, in CI they fail."""
    if CHROMIUM is None:
        reason = "pages are tested in chromium (on Debian: apt-get install chromium)"
        if os.environ.get("STANCEKIT_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
