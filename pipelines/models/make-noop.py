"""Writes noop.onnx: a model that answers its input. For measuring what the way through a pipeline costs.

Run: python pipelines/models/make-noop.py (packages: requirements.txt in this folder)
"""

from pathlib import Path

from onnx import TensorProto, checker, helper, save

OPSET = 13
IR_VERSION = 8

row = ["rows", 64]
graph = helper.make_graph(
    nodes=[helper.make_node("Identity", ["x"], ["y"])],
    name="noop",
    inputs=[helper.make_tensor_value_info("x", TensorProto.FLOAT, row)],
    outputs=[helper.make_tensor_value_info("y", TensorProto.FLOAT, row)],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
checker.check_model(model)
save(model, Path(__file__).parent / "noop.onnx")
