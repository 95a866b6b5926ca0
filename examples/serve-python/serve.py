"""Serves a compiled explanation: POST an image, get its class, scores and relevance as JSON. Needs onnxruntime, numpy, pillow."""

import io
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy
import onnxruntime
from PIL import Image

LARGEST = 10_000_000  # bytes of a request

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
_, channels, height, width = session.get_inputs()[0].shape


def explain(data: bytes) -> dict:
    image = Image.open(io.BytesIO(data)).convert("L" if channels == 1 else "RGB").resize((width, height))
    pixels = numpy.asarray(image, numpy.float32).reshape(height, width, channels).transpose(2, 0, 1)
    logits, relevance = session.run(["logits", "relevance"], {name: pixels[None]})
    return {
        "class": int(logits[0].argmax()),
        "scores": logits[0].tolist(),
        "relevance": relevance[0].sum(axis=0).tolist(),
    }


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= LARGEST:
            return self.answer(413, {"error": f"send an image of at most {LARGEST} bytes"})
        try:
            self.answer(200, explain(self.rfile.read(length)))
        except OSError as error:  # Pillow's error for what is no image
            self.answer(400, {"error": f"this is no image: {error}"})

    def answer(self, status: int, what: dict):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
