#!/usr/bin/env node
import { runProgram } from '@regional-saliency/study';

await runProgram(process.argv.slice(2));
