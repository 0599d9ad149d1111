// `logmill check`: reads policies and shows every mistake at once. Looks at no log.

import { readPolicyFiles } from '../../observe/policies.ts';
import { sayPolicy } from '../../policy/say.ts';
import { showPath } from '../../units/path.ts';
import type { World } from '../../world/world.ts';
import { setColumns } from '../columns.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { paint } from '../look.ts';
import { type Output, Stop, sayDiagnostics } from '../output.ts';
import { defaultPolicies, policyFolders } from '../places.ts';
import { refuseNothing } from '../site.ts';
import { count } from '../words.ts';

export interface CheckOptions {
  readonly json?: boolean | undefined;
}

export async function checkCommand(
  world: World,
  paths: readonly string[],
  options: CheckOptions,
  output: Output,
): Promise<ExitCode> {
  const named = paths.length > 0 ? paths : defaultPolicies(world);
  if (named.length === 0)
    throw new Stop(
      'usage',
      `no policy: none is named, and none lies in ${policyFolders(world).join(' or ')}`,
    );
  const set = readPolicyFiles(world, named, 'logmill');
  refuseNothing(named, set);
  const { policies, diagnostics, files } = set;
  const errors = diagnostics.filter(one => one.severity === 'error').length;
  const warnings = diagnostics.filter(one => one.severity === 'warning').length;
  const exit = errors > 0 ? exitCodes.policyInvalid : exitCodes.done;
  if (options.json === true) {
    output.json({
      format: 1,
      ok: errors === 0,
      files,
      diagnostics,
      policies: policies.map(policy => ({
        name: policy.name,
        at: policy.at,
        patterns: policy.patterns.map(one => one.text),
        says: sayPolicy(policy),
      })),
    });
    return exit;
  }
  sayDiagnostics(output, diagnostics);
  const { look } = output;
  const rows = policies.map(policy => [
    { text: `  ${paint(look, 'strong', policy.name)}` },
    { text: paint(look, 'quiet', `${showPath(policy.at.file)}:${policy.at.line}`) },
    { text: sayPolicy(policy) },
  ]);
  if (rows.length > 0) output.answer(setColumns(rows).join('\n'));
  const verdict =
    errors > 0 ? paint(look, 'removes', count(errors, 'error')) : paint(look, 'saves', 'no error');
  output.answer(
    `  ${count(files.length, 'file')}, ${count(policies.length, 'section')} in order, ${verdict}${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}`,
  );
  return exit;
}
