"""Trains the three models of the digits pipeline and writes them as ONNX, with the rows they are judged on.

Run: python pipelines/models/train-digits.py (packages: requirements.txt in this folder; about a minute on one core)

Data: "Optical Recognition of Handwritten Digits", UCI, in scikit-learn's copy (1,797 rows of 8 x 8 levels, 0 to 16).
A quarter of the rows is held out by a fixed seed and touched once, at the end. Everything that was chosen (kinds, sizes, weights of the
vote) was chosen by cross-validation on the other three quarters, which this script repeats and prints.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.neural_network import MLPClassifier

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "samples" / "digits"
SPLIT_SEED = 20260101
HELD_OUT = 450
OPSET = 17
WEIGHTS = {"linear": 1, "forest": 1, "net": 1}


class Shifted(ClassifierMixin, BaseEstimator):
    """Trains on each row as it is and moved by one pixel to each side: writing is not centred by a ruler."""

    def __init__(self, model):
        self.model = model

    def fit(self, rows, labels):
        images = rows.reshape(-1, 8, 8)
        moves = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]
        moved = [np.roll(images, move, axis=(1, 2)).reshape(-1, 64) for move in moves]
        self.model_ = clone(self.model).fit(np.concatenate(moved), np.tile(labels, len(moves)))
        return self

    def predict_proba(self, rows):
        return self.model_.predict_proba(rows)


MEMBERS = {
    "linear": LogisticRegression(C=1, max_iter=3000),
    "forest": RandomForestClassifier(60, random_state=1),
    "net": Shifted(MLPClassifier((128, 64), alpha=1e-2, max_iter=60, random_state=1)),
}


def vote(probabilities):
    """Weighted mean of the members' probabilities."""
    return sum(WEIGHTS[name] * probabilities[name] for name in MEMBERS) / sum(WEIGHTS.values())


def report(title, probabilities, labels):
    shares = {name: float((p.argmax(1) == labels).mean()) for name, p in {**probabilities, "vote": vote(probabilities)}.items()}
    print(title, {name: f"{share:.2%}" for name, share in shares.items()})
    return shares


def cross_validate(rows, labels):
    probabilities = {name: np.zeros((len(labels), 10)) for name in MEMBERS}
    for train, check in StratifiedKFold(5, shuffle=True, random_state=3).split(rows, labels):
        for name, member in MEMBERS.items():
            probabilities[name][check] = clone(member).fit(rows[train], labels[train]).predict_proba(rows[check])
    report("cross-validation:", probabilities, labels)


def export(name, member):
    """One input x FP32 [n, 64] (levels / 16), one output probabilities FP32 [n, 10]."""
    estimator = member.model_ if isinstance(member, Shifted) else member
    model = to_onnx(estimator, initial_types=[("x", FloatTensorType([None, 64]))], options={id(estimator): {"zipmap": False}}, target_opset=OPSET)
    keep_probabilities(model)
    path = HERE / f"digits-{name}.onnx"
    path.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda rows: session.run(["probabilities"], {"x": rows})[0]


def keep_probabilities(model):
    """Drops the label output: the vote needs the probabilities only. Its nodes are removed by ONNX Runtime when it loads the model."""
    [kept] = [output for output in model.graph.output if output.name == "probabilities"]
    del model.graph.output[:]
    model.graph.output.append(kept)
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.shape.dim[0].dim_param = "rows"


def save_samples(rows, labels):
    SAMPLES.mkdir(parents=True, exist_ok=True)
    levels = rows.astype(int).tolist()
    held_out = {"pixels": levels, "labels": labels.tolist()}
    (SAMPLES / "held-out.json").write_text(json.dumps(held_out, separators=(",", ":")) + "\n")
    # The first held-out row of each digit, as the body of an infer call.
    for digit in range(10):
        row = next(index for index, label in enumerate(labels) if int(label) == digit)
        body = {"inputs": [{"name": "pixels", "datatype": "FP32", "shape": [1, 64], "data": levels[row]}]}
        (SAMPLES / f"digit-{digit}.json").write_text(json.dumps(body, separators=(",", ":")) + "\n")


def main():
    levels, labels = load_digits(return_X_y=True)
    train, held_out, train_labels, held_out_labels = train_test_split(levels, labels, test_size=HELD_OUT, stratify=labels, random_state=SPLIT_SEED)
    rows = (train / 16).astype(np.float32)
    cross_validate(rows, train_labels)
    runs = {name: export(name, clone(member).fit(rows, train_labels)) for name, member in MEMBERS.items()}
    held_out_rows = (held_out / 16).astype(np.float32)
    report("held out (ONNX):", {name: run(held_out_rows) for name, run in runs.items()}, held_out_labels)
    save_samples(held_out, held_out_labels)


if __name__ == "__main__":
    main()
