/** The model as a function: images go out as bytes, scores come back as JSON. */
import { type PredictImages, tensor } from '@regional-saliency/core';

/** @param url of an endpoint such as `server.ts` has */
export const predictAt =
  (url: string): PredictImages =>
  async (images, { signal }) => {
    const response = await fetch(url, {
      method: 'POST',
      body: images.data as Float32Array<ArrayBuffer>,
      signal,
    });
    if (!response.ok) throw new HttpError(response.status, await response.text());
    const { scores } = (await response.json()) as { scores: number[][] };
    return tensor(scores.flat(), [scores.length, scores[0]?.length ?? 0]);
  };

export class HttpError extends Error {
  constructor(
    readonly status: number,
    body: string,
  ) {
    super(`HTTP ${status}: ${body}`);
  }
}

/** A server that is too busy may be asked again; one that can't use the request may not. */
export const isPassing = (error: Error) =>
  !(error instanceof HttpError) || error.status >= 500 || error.status === 429;
