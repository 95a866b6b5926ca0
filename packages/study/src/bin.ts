#!/usr/bin/env node
/** The program: runs the command line and leaves with its code. */
import { main } from './cli';

// A reader that has seen enough (`| head`) closes the pipe; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    // Anything but a SaliencyError is a bug of ours, and the stack is what a report of it needs.
    console.error(error);
    process.exitCode = 70;
  },
);
