#!/usr/bin/env python3
"""Writes small networks with random weights, built of the block types of PaddleSeg's networks, into this folder.

Needs the packages `onnx` and `onnxruntime`. One file per network, in the form of `../onnx`: a model without nodes whose
initialisers are `<case>/model` (the bytes of the model), `<case>/in/<name>` and `<case>/out/<name>`, the last ones computed
by ONNX Runtime without its optimisations. Papers: PP-LiteSeg 2204.02681, PP-MobileSeg 2304.05152, U-HRNet 2210.07140,
PP-HumanSeg 2112.07146, PP-Matting 2204.09433.
"""

import pathlib
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper


class Net:
    """A graph under construction; values are names, shapes of pictures are kept."""

    def __init__(self, name, *shapes):
        self.name, self.nodes, self.weights, self.count = name, [], [], 0
        self.random = np.random.default_rng(sum(name.encode()))
        self.shape = {f"x{i}": shape for i, shape in enumerate(shapes)}
        self.inputs = [helper.make_tensor_value_info(x, TensorProto.FLOAT, s) for x, s in self.shape.items()]

    def constant(self, array):
        name = f"c{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def floats(self, array):
        return self.constant(np.asarray(array, dtype=np.float32))

    def ints(self, *values):
        return self.constant(np.asarray(values, dtype=np.int64))

    def op(self, kind, *inputs, outputs=1, shape=None, **attributes):
        names = [f"v{self.count + i}" for i in range(outputs)]
        self.count += outputs
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"{kind}{self.count}", **attributes))
        for name in names:
            self.shape[name] = shape or self.shape.get(inputs[0])
        return names[0] if outputs == 1 else names

    def conv(self, x, out, k=1, s=1, groups=1, dilation=1, bias=False):
        n, c, h, w = self.shape[x]
        fan = c // groups * k * k
        weights = self.random.normal(0, (1.5 / fan) ** 0.5, (out, c // groups, k, k))
        pad = dilation * (k // 2)
        operands = [x, self.floats(weights)] + ([self.floats(self.random.normal(0, 0.1, out))] if bias else [])
        shape = (n, out, (h - 1) // s + 1, (w - 1) // s + 1)
        return self.op("Conv", *operands, shape=shape, kernel_shape=[k, k], strides=[s, s], group=groups,
                       dilations=[dilation] * 2, pads=[pad] * 4)

    def norm(self, x):
        c = self.shape[x][1]
        stats = [self.random.uniform(0.7, 1.3, c), self.random.normal(0, 0.1, c), self.random.normal(0, 0.1, c),
                 self.random.uniform(0.7, 1.3, c)]
        return self.op("BatchNormalization", x, *map(self.floats, stats), epsilon=1e-5)

    def relu(self, x):
        return self.op("Relu", x)

    def relu6(self, x):
        return self.op("Clip", x, self.floats(0), self.floats(6))

    def cb(self, x, out, k=1, s=1, **more):
        return self.norm(self.conv(x, out, k, s, **more))

    def cbr(self, x, out, k=3, s=1, **more):
        return self.relu(self.cb(x, out, k, s, **more))

    def depthwise(self, x, k=3, s=1):
        return self.cb(x, self.shape[x][1], k, s, groups=self.shape[x][1])

    def separable(self, x, out, s=1):
        return self.cbr(self.depthwise(x, 3, s), out, 1)

    def concat(self, *parts):
        n, _, h, w = self.shape[parts[0]]
        return self.op("Concat", *parts, axis=1, shape=(n, sum(self.shape[p][1] for p in parts), h, w))

    def add(self, a, b):
        return self.op("Add", a, b)

    def mul(self, a, b):
        return self.op("Mul", a, b)

    def sigmoid(self, x):
        return self.op("Sigmoid", x)

    def reduce(self, kind, x, *axes):
        shape = tuple(1 if i in axes else e for i, e in enumerate(self.shape[x]))
        return self.op(kind, x, shape=shape, axes=axes, keepdims=1)

    def like(self, x, other, align_corners=False):
        """Bilinear to the size of another value, the size worked out in the graph as exporters write it."""
        shape = self.shape[x][:2] + self.shape[other][2:]
        first = self.op("Slice", self.op("Shape", x), self.ints(0), self.ints(2), self.ints(0))
        last = self.op("Slice", self.op("Shape", other), self.ints(2), self.ints(4), self.ints(0))
        sizes = self.op("Concat", first, last, axis=0)
        mode = "align_corners" if align_corners else "half_pixel"
        return self.op("Resize", x, "", "", sizes, mode="linear", coordinate_transformation_mode=mode, shape=shape)

    def pool(self, x, bins):
        """Adaptive average pooling where the bins divide the size."""
        n, c, h, w = self.shape[x]
        if bins == 1:
            return self.op("GlobalAveragePool", x, shape=(n, c, 1, 1))
        rows, columns = bins if isinstance(bins, tuple) else (bins, bins)
        k = [h // rows, w // columns]
        return self.op("AveragePool", x, kernel_shape=k, strides=k, shape=(n, c, rows, columns))

    def reshape(self, x, *shape):
        return self.op("Reshape", x, self.ints(*shape), shape=shape)

    def transpose(self, x, *perm):
        return self.op("Transpose", x, perm=perm, shape=tuple(self.shape[x][i] for i in perm))

    def write(self, folder, *results):
        outputs = [helper.make_tensor_value_info(r, TensorProto.FLOAT, self.shape[r]) for r in results]
        graph = helper.make_graph(self.nodes, self.name, self.inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        checker.check_model(model, full_check=True)
        content = model.SerializeToString()
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        data = {i.name: self.random.normal(0, 1, self.shape[i.name]).astype(np.float32) for i in self.inputs}
        expected = session.run(list(results), data)
        values = [numpy_helper.from_array(np.frombuffer(content, dtype=np.uint8), f"{self.name}/model")]
        values += [numpy_helper.from_array(array, f"{self.name}/in/{name}") for name, array in data.items()]
        values += [numpy_helper.from_array(a, f"{self.name}/out/{r}") for r, a in zip(results, expected)]
        holder = helper.make_model(helper.make_graph([], self.name, [], [], values))
        path = folder / f"{self.name}.onnx"
        path.write_bytes(holder.SerializeToString())
        spread = ", ".join(f"{r} {list(a.shape)} {a.std():.3f}" for r, a in zip(results, expected))
        print(f"{self.name}: {len(self.nodes)} nodes, {path.stat().st_size >> 10} KiB, {spread}", file=sys.stderr)


def stdc(g, x, out, s):
    """PW, then three 3x3 convolutions of falling width, all joined; with stride 2 a depthwise step and a pooled first part."""
    first = g.cbr(x, out // 2, 1)
    inner = g.depthwise(first, 3, 2) if s == 2 else first
    second = g.cbr(inner, out // 4)
    third = g.cbr(second, out // 8)
    fourth = g.cbr(third, out // 8)
    if s == 2:
        n, c, h, w = g.shape[first]
        first = g.op("AveragePool", first, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4,
                     shape=(n, c, (h - 1) // 2 + 1, (w - 1) // 2 + 1))
    return g.concat(first, second, third, fourth)


def pp_liteseg(folder):
    g = Net("pp_liteseg", (1, 3, 64, 48))
    x = g.cbr(g.cbr("x0", 8, 3, 2), 16, 3, 2)
    f8 = stdc(g, stdc(g, x, 32, 2), 32, 1)
    f16 = stdc(g, f8, 32, 2)
    # SPPM, summed; the bins divide 4 x 3 cells.
    total = None
    for bins in (1, (2, 3), (4, 1)):
        part = g.like(g.cbr(g.pool(f16, bins), 16, 1), f16)
        total = part if total is None else g.add(total, part)
    high = g.cbr(total, 16)
    for low, width in ((f16, 16), (f8, 16)):
        a = g.cbr(low, g.shape[high][1])
        b = g.like(high, a)
        said = [g.reduce(kind, v, 1) for v in (a, b) for kind in ("ReduceMean", "ReduceMax")]
        trust = g.sigmoid(g.norm(g.conv(g.cbr(g.concat(*said), 2), 1, 3)))
        one = g.op("Sub", g.floats([1.0]), trust, shape=g.shape[trust])
        high = g.cbr(g.add(g.mul(a, trust), g.mul(b, one)), width)
    # UAFM with channel attention.
    both = [g.op(kind, v, shape=(1, g.shape[v][1], 1, 1)) for v in (high, g.cbr(f8, 16))
            for kind in ("GlobalAveragePool", "GlobalMaxPool")]
    weights = g.op("LeakyRelu", g.cb(g.concat(*both), 8, 1), alpha=0.01)
    high = g.mul(high, g.sigmoid(g.cb(weights, 16, 1)))
    g.write(folder, g.like(g.conv(g.cbr(high, 8), 2), "x0"))


def pp_mobileseg(folder):
    g = Net("pp_mobileseg", (1, 3, 64, 32))

    def swish(x):
        return g.mul(x, g.op("Clip", g.op("Div", g.add(x, g.floats(3)), g.floats(6)), g.floats(0), g.floats(1)))

    def unit(x, expanded, out, k, s, squeeze, activate):
        y = activate(g.cb(x, expanded, 1))
        y = activate(g.depthwise(y, k, s))
        if squeeze:
            part = g.relu(g.conv(g.pool(y, 1), expanded // 4, bias=True))
            y = g.mul(y, g.op("HardSigmoid", g.conv(part, expanded, bias=True), alpha=0.2, beta=0.5))
        y = g.cb(y, out, 1)
        return g.add(x, y) if s == 1 and g.shape[x][1] == out else y

    def attention(x, heads, key):
        """Strided SEA attention."""
        n, dim, _, _ = g.shape[x]
        small = g.depthwise(x, 3, 2)
        h, w = g.shape[small][2:]
        q, k, v = (g.cb(small, heads * key * f, 1) for f in (1, 1, 2))
        detail = g.cb(g.relu6(g.depthwise(g.concat(q, k, v))), dim, 1)

        def along(axis, extent):
            def flat(value, position):
                mean = g.reduce("ReduceMean", value, axis)
                line = g.reshape(mean, 1, g.shape[value][1], extent)
                if position:
                    embedding = g.floats(g.random.normal(0, 0.3, (1, g.shape[value][1], 16)))
                    resized = g.op("Resize", embedding, "", "", g.ints(1, g.shape[value][1], extent), mode="linear",
                                   coordinate_transformation_mode="half_pixel", shape=g.shape[line])
                    line = g.add(line, resized)
                return g.reshape(line, 1, heads, g.shape[value][1] // heads, extent)
            query = g.transpose(flat(q, True), 0, 1, 3, 2)
            scores = g.op("MatMul", query, flat(k, True), shape=(1, heads, extent, extent))
            scores = g.op("Softmax", g.mul(scores, g.floats(key ** -0.5)), axis=-1)
            out = g.op("MatMul", scores, g.transpose(flat(v, False), 0, 1, 3, 2), shape=(1, heads, extent, 2 * key))
            out = g.transpose(out, 0, 1, 3, 2)
            shape = (1, heads * key * 2, extent, 1) if axis == 3 else (1, heads * key * 2, 1, extent)
            return g.cb(g.relu6(g.reshape(out, *shape)), heads * key * 2, 1)
        joined = g.add(g.add(v, along(3, h)), along(2, w))
        gate = g.op("HardSigmoid", g.cb(g.relu6(joined), dim, 1), alpha=1 / 6, beta=0.5)
        y = g.add(x, g.like(g.mul(detail, gate), x))
        inner = g.relu6(g.conv(g.cb(y, dim * 2, 1), dim * 2, 3, groups=dim * 2, bias=True))
        return g.add(y, g.cb(inner, dim, 1))

    x = swish(g.cb("x0", 8, 3, 2))
    x = unit(x, 8, 8, 3, 1, True, g.relu)
    f8 = unit(unit(x, 16, 12, 3, 2, False, g.relu), 16, 12, 5, 2, True, swish)
    f16 = attention(unit(f8, 24, 16, 5, 2, True, swish), 2, 4)
    f32 = attention(unit(f16, 32, 24, 3, 2, True, swish), 2, 4)
    # AAM.
    gates = g.sigmoid(g.cb(g.like(f16, f8), 32, 1)), g.like(g.sigmoid(g.cb(f32, 32, 1)), f8)
    y = g.add(g.mul(g.mul(*gates), g.cb(f8, 32, 1)), g.like(g.cb(f32, 32, 1), f8))
    y = g.conv(g.relu(g.cb(y, 32, 1, groups=32)), 4, bias=True)
    g.write(folder, g.like(y, "x0"))


def u_hrnet(folder):
    g = Net("u_hrnet", (1, 3, 64, 32))

    def basic(x):
        return g.relu(g.add(x, g.cb(g.cbr(x, g.shape[x][1]), g.shape[x][1], 3)))

    def bottleneck(x, inner):
        y = g.cb(g.cbr(g.cbr(x, inner, 1), inner), 4 * inner, 1)
        return g.relu(g.add(y, x if g.shape[x][1] == 4 * inner else g.cb(x, 4 * inner, 1)))

    def module(high, low):
        """Two branches of neighbouring resolutions that exchange what they have."""
        high, low = basic(high), basic(low)
        up = g.like(g.cb(low, g.shape[high][1], 1), high)
        return g.relu(g.add(high, up)), g.relu(g.add(low, g.cb(high, g.shape[low][1], 3, 2)))

    def halved(x):
        """Mean of neighbouring channels."""
        n, c, h, w = g.shape[x]
        return g.reshape(g.reduce("ReduceMean", g.reshape(x, n, c // 2, 2, h, w), 2), n, c // 2, h, w)

    x = bottleneck(bottleneck(g.cbr(g.cbr("x0", 8, 3, 2), 8, 3, 2), 4), 4)
    f4, f8 = module(g.cbr(x, 4), g.cbr(x, 8, 3, 2))
    skip4, skip8 = f4, f8
    f8, f16 = module(f8, g.cbr(f8, 16, 3, 2))
    mid8 = g.concat(halved(f8), halved(skip8))
    f8, f16 = module(mid8, f16)
    up = g.like(g.cbr(f8, 4, 1), skip4)
    f4, f8 = module(g.concat(halved(up), halved(skip4)), f8)
    levels = [halved(f4)] + [g.like(halved(level), f4) for level in (f8, f16)]
    y = g.conv(g.cbr(g.concat(*levels), 14, 1), 3, bias=True)
    g.write(folder, g.like(y, "x0"), f16)


def pp_humanseg(folder):
    g = Net("pp_humanseg", (1, 3, 48, 32))

    def shuffle(x):
        n, c, h, w = g.shape[x]
        return g.reshape(g.transpose(g.reshape(x, n, 2, c // 2, h, w), 0, 2, 1, 3, 4), n, c, h, w)

    def unit(x, out, s):
        n, c, h, w = g.shape[x]
        if s == 2:
            left, right = g.separable(x, out // 2, 2), x
        else:
            left, right = g.op("Split", x, g.ints(c // 2, c // 2), outputs=2, axis=1, shape=(n, c // 2, h, w))
        right = g.cbr(right, out // 2, 1)
        return shuffle(g.concat(left, g.cbr(g.depthwise(right, 3, s), out // 2, 1)))

    stem = g.cbr("x0", 12, 3, 2)
    skip = g.cbr(stem, 6, 1)
    n, c, h, w = g.shape[stem]
    x = g.op("MaxPool", stem, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, shape=(n, c, h // 2, w // 2))
    x = unit(unit(x, 24, 2), 24, 1)
    x = unit(unit(x, 48, 2), 48, 1)
    x = g.like(g.separable(x, 16), skip)
    x = g.separable(g.concat(x, skip), 16)
    logits = g.like(g.conv(g.depthwise(x), 2, bias=True), "x0")
    g.write(folder, logits, g.op("Softmax", logits, axis=1))


def pp_matting(folder):
    g = Net("pp_matting", (1, 3, 48, 24))

    def block(x, out):
        y = g.cb(g.cbr(x, out), out, 3)
        return g.relu(g.add(y, g.cb(x, out, 1)))

    def gate(x, guide):
        """The guidance flow; its normalisation comes before the convolution."""
        c = g.shape[x][1]
        inner = g.norm(g.concat(x, guide))
        inner = g.relu(g.conv(inner, c + 1, bias=True))
        trust = g.sigmoid(g.norm(g.conv(inner, 1, bias=True)))
        return g.conv(g.mul(x, g.add(trust, g.floats(1))), c, bias=True)

    half = g.cbr("x0", 8, 3, 2)
    low = g.cbr(g.cbr(half, 16, 3, 2), 24, 3, 2)
    # Pyramid pooling with bins of 1, 3 and 6 x 3.
    ppm = g.cbr(g.concat(low, *[g.like(g.cbr(g.pool(low, bins), 8, 1), low) for bins in (1, 3, (6, 3))]), 24)
    first = g.cbr(g.cbr(g.cbr(ppm, 16), 16, 3, dilation=2), 16, 3, dilation=2)
    second = g.cbr(g.concat(g.like(first, half), g.like(g.cbr(ppm, 8), half)), 12)
    semantic = g.op("Softmax", g.like(g.conv(second, 3, 3), "x0"), axis=1)
    # Detail, at full resolution.
    x = block(g.concat(g.like(half, "x0"), "x0"), 8)
    for guide, width in ((first, 8), (second, 4)):
        x = g.conv(x, width, bias=True)
        x = block(gate(x, g.like(g.cbr(guide, 1, 1), "x0")), width)
    detail = g.sigmoid(g.conv(x, 1, bias=True))
    # Fusion: the detail where the semantics say transition.
    kind = g.op("ArgMax", semantic, axis=1, keepdims=1, shape=g.shape[detail])
    middle = g.op("Equal", kind, g.ints(1), shape=g.shape[detail])
    front = g.op("Cast", g.op("Equal", kind, g.ints(0), shape=g.shape[detail]), to=TensorProto.FLOAT)
    g.write(folder, g.op("Where", middle, detail, front, shape=g.shape[detail]), semantic, detail)


def main():
    folder = pathlib.Path(__file__).parent
    for network in (pp_liteseg, pp_mobileseg, u_hrnet, pp_humanseg, pp_matting):
        network(folder)


if __name__ == "__main__":
    main()
