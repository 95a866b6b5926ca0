/** An endpoint of Express: POST an image as it is, get the overlay of its explanation as a PNG. */
import { createExplainer, SaliencyError } from '@regional-saliency/core';
import { gradCam } from '@regional-saliency/methods';
import { onnxruntimeBackend } from '@regional-saliency/onnxruntime';
import { reduceChannels } from '@regional-saliency/regions';
import { decodeImage, drawOverlay, encodePng, preprocess, readModel } from '@regional-saliency/study';
import express, { type ErrorRequestHandler, type Express } from 'express';
import * as ort from 'onnxruntime-node';

const images = ['image/png', 'image/jpeg', 'image/webp', 'image/tiff'];

/** @param model path of an ONNX file that takes grey images of 128 × 128 */
export async function explaining(model: string): Promise<Express> {
  const explainer = await createExplainer((await readModel(model)).graph, {
    backend: onnxruntimeBackend(ort, { threads: 1 }),
    method: gradCam({ layer: 'layer3' }),
  });
  const app = express();
  app.disable('x-powered-by');

  app.post('/overlay', express.raw({ type: images, limit: '10mb' }), async (request, response) => {
    if (!Buffer.isBuffer(request.body)) {
      response.status(415).json({ error: `send an image as the body, as ${images.join(', ')}` });
      return;
    }
    const { tensor, shown } = preprocess(await decodeImage(request.body, 'the image'), {
      size: [128, 128],
      channels: 1,
      mean: [0.5],
      std: [0.25],
    });
    // A caller who goes away does not wait for a map.
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const { relevance, target } = await explainer.explain(tensor, { signal: gone.signal });
    const { data } = reduceChannels(relevance, 'positive');
    const overlay = drawOverlay(shown, { width: 128, height: 128, data: data as Float64Array });
    response
      .set('X-Class', String(target[0]))
      .type('png')
      .send(Buffer.from(await encodePng(overlay)));
  });

  const sayAsJson: ErrorRequestHandler = (error, _request, response, next) => {
    if (response.destroyed) return; // The caller has gone, and nobody is left to tell.
    if (response.headersSent) return next(error);
    // What a caller can mend: a file that is no image, a body that is too large. All else is the server's own affair.
    const status = error instanceof SaliencyError ? 400 : (error.status ?? 500);
    if (status >= 500) console.error(error);
    response
      .status(status)
      .json({ error: status < 500 ? error.message : 'the image could not be explained' });
  };
  app.use(sayAsJson);
  return app;
}
