/**
 * A signal that aborts with the first of several, as `AbortSignal.any` does, which Node has only since 20.3; and it can be
 * let go of, so that nothing is left hanging on a signal that lives longer.
 */
export interface FirstSignal {
  /** Aborts with the reason of the first that does; at once, where one has already. */
  readonly signal: AbortSignal;
  /** No longer listens to any of them: the signal stays as it is. */
  release(): void;
}

export function firstSignal(signals: readonly AbortSignal[]): FirstSignal {
  const controller = new AbortController();
  const release = () => {
    for (const each of signals) each.removeEventListener('abort', abort);
  };
  function abort(this: AbortSignal): void {
    release();
    controller.abort(this.reason);
  }
  const aborted = signals.find((each) => each.aborted);
  if (aborted) abort.call(aborted);
  else for (const each of signals) each.addEventListener('abort', abort);
  return { signal: controller.signal, release };
}
