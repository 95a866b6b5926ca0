/** The process around the command line: its exit code, closed pipes, and bugs. */
import { main } from './cli';
import { isLong, receivedArguments, runShortened } from './long-line';

/** Runs a command line as a program does. @param args as after the program's name */
export async function runProgram(args: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) closes the pipe; that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    const own = await receivedArguments(args);
    process.exitCode = isLong(process.argv) ? await runShortened(own) : await main(own);
  } catch (error) {
    // Anything but a SaliencyError is a bug of ours, and the stack is what a report of it needs.
    console.error(error);
    process.exitCode = 70;
  }
}
