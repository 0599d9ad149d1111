// The binary's inside: hands the command line to cli/ and leaves with its code. What stands in for
// logrotate starts by itself: it is called for nothing to do most of the time, and must be quick then.

/** @param as 'logrotate' when called as logmill-logrotate */
export async function main(args: readonly string[], as: string | undefined): Promise<void> {
  if (process.env.LOGMILL_TASK === 'as another user') {
    const { runAsUser } = await import('./cli/as-user.ts');
    return runAsUser();
  }
  if (as === 'logrotate' || args[0] === 'logrotate') {
    const { runDoor } = await import('./cli/logrotate/door.ts');
    process.exitCode = await runDoor(as === 'logrotate' ? args : args.slice(1));
    return;
  }
  // Package managers and scripts ask for nothing else, and in loops: no parser is needed to answer.
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    const { version } = await import('./cli/version.ts');
    process.stdout.write(`${version}\n`);
    return;
  }
  const { runProgram } = await import('./cli/program.ts');
  process.exitCode = await runProgram(args);
}
