/** `npx tsx examples/express/run.ts`, from the root: the endpoint on port 3000. */
import { explaining } from './server';

const app = await explaining('examples/demo/models/fair.onnx');
app.listen(3000, () => console.log('http://localhost:3000/overlay'));
