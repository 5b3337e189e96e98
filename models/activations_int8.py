"""Makes the graph that computes with activations in int8 on the weights of model.onnx, which it does not repeat.

    pip install onnx==1.23.2 numpy
    python models/activations_int8.py models/all-MiniLM-L6-v2-w8

writes `activations-int8.onnx` beside `model.onnx`. Tables of 8-bit weights are references to their places within `model.onnx`, which the
program gives the engine under the name `model.onnx_data`, as it takes data from such names only. The small ones (scales, biases, norms)
are copied: the engine wants them at addresses that fit their type.

Every product of activations and weights becomes one of integers:

1. A row (one token) is divided by its greatest magnitude and scaled to -127..127, then raised by 128: unsigned, as the engine wants it.
   Its scale hangs on that row only, hence a text's vector on no other text.
2. Weights are halved to -64..64 when the model is loaded. So the sum of two products fits 16 bits, which is what processors without
   VNNI instructions add up in; with all eight bits they would cut it off.
3. The sums (32 bits, exact) are scaled back by column and by row.

Attention, softmax, norms and GELU stay as they are. There is no mask: the texts of a batch must be of one length.
"""

import pathlib
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

STEPS = 127  # of an activation on either side of zero
MIDDLE = 128
HALF = 0.5
MASK = {"mf", "mu", "mi", "mask"}


class Graph:
    """Nodes and constants of the graph that is made."""

    def __init__(self):
        self.nodes, self.constants, self.quantised = [], {}, {}

    def add(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name, value):
        self.constants[name] = numpy_helper.from_array(value, name)
        return name

    def quantise(self, rows):
        """Rows as unsigned integers, and the scale of each."""
        if rows not in self.quantised:
            high = self.add("ReduceMax", [rows], f"{rows}.high", axes=[-1], keepdims=1)
            low = self.add("ReduceMin", [rows], f"{rows}.low", axes=[-1], keepdims=1)
            top = self.add("Max", [high, self.add("Neg", [low], f"{rows}.depth")], f"{rows}.top")
            step = self.constant("step", numpy.float32(1 / STEPS))
            scale = self.add("Mul", [top, step], f"{rows}.scale")
            inverse = self.add("Reciprocal", [scale], f"{rows}.inverse")
            scaled = self.add("Mul", [rows, inverse], f"{rows}.scaled")
            # A cast cuts off: half a step more makes it round. On AVX2 it is faster here than QuantizeLinear.
            raised = self.add("Add", [scaled, self.constant("raise", numpy.float32(MIDDLE + 0.5))], f"{rows}.raised")
            self.quantised[rows] = self.add("Cast", [raised], f"{rows}.quantised", to=TensorProto.UINT8), scale
        return self.quantised[rows]

    def product(self, rows, key, scales, output):
        """Rows times the weights called `key`."""
        wide = self.add("Cast", [f"{key}.q"], f"{key}.wide", to=TensorProto.FLOAT)
        halved = self.add("Mul", [wide, self.constant("half", numpy.float32(HALF))], f"{key}.halved")
        weights = self.add("Cast", [self.add("Round", [halved], f"{key}.round")], f"{key}.i7", to=TensorProto.INT8)
        quantised, scale = self.quantise(rows)
        middle, zero = self.constant("middle", numpy.uint8(MIDDLE)), self.constant("zero", numpy.int8(0))
        sums = self.add("MatMulInteger", [quantised, weights, middle, zero], f"{output}.sums")
        columns = self.constant(f"{key}.columns", scales.reshape(-1) / numpy.float32(HALF))
        wide = self.add("Cast", [sums], f"{output}.wide", to=TensorProto.FLOAT)
        self.add("Mul", [self.add("Mul", [wide, columns], f"{output}.by_column"), scale], output)


def rewritten(model):
    """The nodes and new constants, from those of the model with weights in f32."""
    initial = {constant.name: constant for constant in model.graph.initializer}
    graph, same = Graph(), {}
    for node in model.graph.node:
        output = node.output[0]
        inputs = [same.get(name, name) for name in node.input]
        if output in MASK or output.endswith((".wc", ".w")) and output.startswith("encoder."):
            continue
        if node.op_type == "Add" and "mask" in inputs:
            same[output] = inputs[0]
        elif node.op_type == "MatMul" and inputs[1].startswith("encoder."):
            key = inputs[1].removesuffix(".w") + ".weight"
            graph.product(inputs[0], key, numpy_helper.to_array(initial[f"{key}.s"]), output)
        else:
            node.input[:] = inputs
            graph.nodes.append(node)
    return graph


def placed(constant, data):
    """A constant of bytes as a reference to its place in model.onnx."""
    place = data.find(constant.raw_data)
    if data.find(constant.raw_data, place + 1) >= 0:
        raise SystemExit(f"{constant.name} is not the only one of its kind in model.onnx")
    there = TensorProto(name=constant.name, data_type=constant.data_type, dims=constant.dims)
    there.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "model.onnx_data"), ("offset", place), ("length", len(constant.raw_data))):
        there.external_data.add(key=key, value=str(value))
    return there


def main():
    folder = pathlib.Path(sys.argv[1])
    data = (folder / "model.onnx").read_bytes()
    model = onnx.load_from_string(data)
    graph = rewritten(model)
    used = {name for node in graph.nodes for name in node.input}
    kept = [constant for constant in model.graph.initializer if constant.name in used]
    is_bytes = lambda constant: constant.data_type == TensorProto.INT8 and len(constant.raw_data) > 1000
    constants = [placed(constant, data) if is_bytes(constant) else constant for constant in kept]
    inputs = [given for given in model.graph.input if given.name != "attention_mask"]
    made = helper.make_graph(
        graph.nodes, model.graph.name, inputs, model.graph.output, constants + list(graph.constants.values())
    )
    opsets = [helper.make_opsetid("", 17)]
    whole = helper.make_model(made, opset_imports=opsets, ir_version=8, producer_name="colligate")
    (folder / "activations-int8.onnx").write_bytes(whole.SerializeToString())


if __name__ == "__main__":
    main()
