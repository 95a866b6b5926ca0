import { describeGradientRules, describeGradients, referenceBackend } from '../src/index';

describeGradientRules();
describeGradients('the reference', referenceBackend, { runs: 5 });
