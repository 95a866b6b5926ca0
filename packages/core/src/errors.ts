/**
 * The one error class of the family: a sentence that names the thing and the cure.
 *
 * Code that meets a `SaliencyError` can show its message to a person as it is; any other error is a bug.
 */
export type ErrorCode =
  /** A file that is not what its name says, is truncated, or breaks its own format. */
  | 'bad-file'
  /** A model that is well formed but uses something that is not supported. */
  | 'unsupported'
  /** A name (layer, method, option, input) that matches nothing. */
  | 'unknown-name'
  /** Values that can't be used: wrong shape, NaN, out of range, empty. */
  | 'bad-input'
  /** A backend that can't run the program. */
  | 'backend';

/** An error whose message can be shown to a person as it is; `code` says of what kind it is. */
export class SaliencyError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SaliencyError';
    this.code = code;
  }
}
