import { describeConformance, referenceBackend } from '@regional-saliency/conformance';

// Yours instead of the interpreter, which refuses nothing; what a backend can't do is declared:
// { unsupported: [{ cases: /^Conv(Grad)? 3-D/, reason: 'the runtime has no 3-D convolution' }] }
describeConformance('my backend', () => referenceBackend(), { unsupported: [], randomRuns: 5 });
