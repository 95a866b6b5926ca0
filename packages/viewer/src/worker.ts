/** The worker as a file of its own, for pages whose policy forbids workers made from a Blob: see `worker-url`. */
import { createRecolourer } from './recolour';
import { type Scope, serve } from './serve';

serve(globalThis as unknown as Scope, createRecolourer(), Number.POSITIVE_INFINITY);
