#!/usr/bin/env python3
"""Writes the ONNX project's own node test cases for the operators of the engine into this folder.

Needs the `onnx` package (Apache-2.0, https://github.com/onnx/onnx). One file per operator: a model without nodes whose
initialisers are, per case, `<case>/model` (the bytes of the model), `<case>/in/<name>` and `<case>/out/<name>`. Operands
that say *how* to compute (shapes, axes, scales, statistics) and everything that is not float32 become initialisers of the
case's model, because the engine wants them known when the graph is built.
"""

import collections
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

OPERATORS = """Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast Ceil Clip Concat Constant ConstantOfShape Conv
ConvTranspose DepthToSpace Div Dropout Elu Equal Erf Exp Expand Flatten Floor Gather GatherElements Gelu Gemm GlobalAveragePool
GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HardSigmoid HardSwish Identity InstanceNormalization
LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Mean Min Mul Neg Not Or PRelu Pad Pow Range
Reciprocal ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize Round
ScatterElements Shape Sigmoid Sign Size Slice Softmax Softplus Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Unsqueeze Where Xor""".split()
# Operators whose further operands are data too.
DATA = """Add Sub Mul Div Pow Max Min Sum Mean MatMul Gemm Less Greater LessOrEqual GreaterOrEqual Equal PRelu Concat
Where GridSample LayerNormalization ScatterElements""".split()
TYPES = {TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL, TensorProto.INT32}
MAX_BYTES = 24_000


def type_of(info):
    return info.type.tensor_type.elem_type


def main():
    here = pathlib.Path(__file__).parent
    for old in here.glob("*.onnx"):
        old.unlink()
    files = collections.defaultdict(list)
    for case in collect_testcases(None):
        model = case.model
        nodes = model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in OPERATORS or nodes[0].domain not in ("", "ai.onnx"):
            continue
        inputs, outputs = case.data_sets[0]
        infos = list(model.graph.input) + list(model.graph.output)
        if any(type_of(info) not in TYPES for info in infos) or len(case.data_sets) != 1:
            continue
        arrays = [np.asarray(value) for value in list(inputs) + list(outputs)]
        if sum(array.nbytes for array in arrays) > MAX_BYTES or any(array.dtype.kind not in "fib" for array in arrays):
            continue
        out = onnx.ModelProto()
        out.CopyFrom(model)
        del out.graph.input[:]
        name = case.name.removeprefix("test_")
        values = files[nodes[0].op_type]
        for index, (info, array) in enumerate(zip(model.graph.input, inputs)):
            is_data = type_of(info) == TensorProto.FLOAT and (index == 0 or nodes[0].op_type in DATA)
            if is_data and nodes[0].op_type != "Range":
                out.graph.input.append(info)
                values.append(numpy_helper.from_array(np.asarray(array), f"{name}/in/{info.name}"))
            else:
                out.graph.initializer.append(numpy_helper.from_array(np.asarray(array), info.name))
        for info, array in zip(model.graph.output, outputs):
            values.append(numpy_helper.from_array(np.asarray(array, dtype=np.float32), f"{name}/out/{info.name}"))
        content = np.frombuffer(out.SerializeToString(), dtype=np.uint8)
        values.append(numpy_helper.from_array(content, f"{name}/model"))
    for operator, values in sorted(files.items()):
        model = helper.make_model(helper.make_graph([], operator, [], [], values))
        (here / f"{operator}.onnx").write_bytes(model.SerializeToString())
    cases = sum(value.name.endswith("/model") for values in files.values() for value in values)
    print(f"{cases} cases of {len(files)} operators", file=sys.stderr)


if __name__ == "__main__":
    main()
