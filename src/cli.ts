#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { run } from './cli/run-verb.ts';
import { version } from './cli/version.ts';

const collect = (value: string, before: string[] = []): string[] => [...before, ...value.split(',')];
/** A value that may hold commas. */
const whole = (value: string, before: string[] = []): string[] => [...before, value];

const program = new Command('probity')
  .description('Tests devices on a lab network and says, with evidence, which security criteria they meet.')
  .version(version(), '--version')
  .exitOverride()
  .showHelpAfterError('(probity --help lists the verbs)')
  .option('--json', 'events as JSON lines, or one JSON document');

const print = (text: string): void => {
  process.stdout.write(text);
};

const asJson = (): boolean => program.opts().json === true;

program
  .command('scan')
  .description('observe targets, judge them, write results')
  .argument('[target...]', 'an address, a range 198.18.0.1-20, a CIDR, or a product.yaml')
  .option('--profile <id>', 'profile to judge by; may be repeated (default nist-consumer-iot-2022)', collect)
  .option('--state <state>', 'condition of the item (default operational)')
  .option('--only <id>', 'only what this criterion, check or probe needs; may be repeated', collect)
  .option('--ports <spec>', 'ports to ask, such as 22,80,8000-8010,U:161 (default: all of TCP, the UDP list)')
  .option('--exclude <host-or-port>', 'leave out; may be repeated', collect)
  .option('--impact <level>', 'passive, connect, login or disruptive (default login)')
  .option('--scope <cidr>', 'nothing outside is probed; may be repeated', collect)
  .option('--yes', 'do not ask for very large ranges')
  .option('--dry-run', 'say what would be sent, and send nothing')
  .option('--devices <n>', 'devices in parallel (8)')
  .option('--connections <n>', 'connections in flight, a device (4)')
  .option('--rate <n>', 'packets a second for port discovery, a device (10000)')
  .option(
    '--login-budget <n>',
    'failures in a row for an account, or "unlimited" (default: from the declared lock policy, else 2)',
  )
  .option('--credentials <file>', 'a list of default credentials in place of the shipped one')
  .option('--trust <ca.pem>', 'trust anchors or pinned public keys, PEM or DER; may be repeated', collect)
  .option('--marker <name=value>', 'planted in the device, looked for in what is read; repeatable', whole)
  .option(
    '--known-keys <file>',
    'keys whose private half is published, beside the shipped list; may be repeated',
    collect,
  )
  .option('--policy <file>', 'which algorithms are weak, in place of the shipped policy; may be repeated', collect)
  .option('--out <dir>', 'results folder', 'results')
  .option('--format <formats>', 'report formats, by commas', 'json,html')
  .option(
    '--sign <key,cert[,chain]>',
    'sign what is sealed: PEM files, ECDSA P-256 or P-384, or RSA of 3072 bits and more',
  )
  .option('--timestamp <url>', 'an RFC 3161 time stamp beside each seal')
  .option('--lab <lab.yaml>', 'what a test report says of the laboratory, customer, items and persons')
  .option('--no-remedies', 'leave out how to mend: a certification body does not consult')
  .option('--suitability', 'test a known-bad and a known-good reference before and after')
  .option('--reference <file>', 'a reference of your own, on the same segment; may be repeated', collect)
  .option('--baseline <dir>', 'compare with this assessment; 1 then means worse')
  .option('--gate <gate>', 'what the exit code looks at: checks, technical, all, fail', 'checks')
  .option('--resume <dir>', 'go on with a run that was killed or interrupted')
  .action((targets: string[], options) => {
    run(async () => (await import('./cli/verbs.ts')).scanVerb(targets, options, asJson()));
  });

program
  .command('demo')
  .description('simulated devices, scan, report: the whole thing in one command')
  .option('--out <dir>', 'results folder', 'results')
  .action((options) => run(async () => (await import('./cli/sandbox.ts')).demoVerb(options, asJson())));

program
  .command('sandbox')
  .description('simulated devices on loopback, until Ctrl-C')
  .action(() => run(async () => (await import('./cli/sandbox.ts')).sandboxVerb(asJson())));

program
  .command('judge')
  .description('judge sealed runs again, without the device; several runs of one item together')
  .argument('<run...>')
  .option('--profile <id>', 'profile to judge by; may be repeated (default nist-consumer-iot-2022)', collect)
  .option('--via <crosswalk>', 'show the other side of a crosswalk too, by what it carries')
  .option('--from <assessment>', 'with --via: carry from this assessment of the other side')
  .option('--attestations <file>', 'what persons attest, signed; may be repeated', collect)
  .option('--signers <file>', 'the keys that your lab lists')
  .option('--dispositions <file>', 'waivers, risk acceptances, withdrawals; may be repeated', collect)
  .option('--format <formats>', 'report formats, by commas', 'json,html')
  .option(
    '--sign <key,cert[,chain]>',
    'sign what is sealed: PEM files, ECDSA P-256 or P-384, or RSA of 3072 bits and more',
  )
  .option('--timestamp <url>', 'an RFC 3161 time stamp beside each seal')
  .option('--lab <lab.yaml>', 'what a test report says of the laboratory, customer, items and persons')
  .option('--no-remedies', 'leave out how to mend: a certification body does not consult')
  .option('--suitability <file>', 'what the references said around these runs; may be repeated', collect)
  .option(
    '--known-keys <file>',
    'keys whose private half is published, beside the shipped list; may be repeated',
    collect,
  )
  .option('--policy <file>', 'which algorithms are weak, in place of the shipped policy; may be repeated', collect)
  .option('--gate <gate>', 'checks, technical, all, fail', 'checks')
  .action((runs: string[], options) =>
    run(async () => (await import('./cli/judge-verb.ts')).judgeVerb(runs, options, asJson(), print)),
  );

program
  .command('init')
  .description('draft a product.yaml from what a run saw, or with --lab a lab.yaml: every line to be confirmed')
  .argument('[run]')
  .option('--lab', 'a lab.yaml, with the items of the run where one is given')
  .option('--out <file>', 'default: stdout')
  .action((path: string | undefined, options) =>
    run(async () => (await import('./cli/init.ts')).initVerb(path, options)),
  );

program
  .command('questionnaire')
  .description('the form of what persons have to attest, as YAML; of what these runs leave open, where runs are given')
  .argument('[run...]')
  .option('--profile <id>', 'profile to ask for; may be repeated (default nist-consumer-iot-2022)', collect)
  .option('--criterion <id>', 'only this one, or what is under this heading; may be repeated', collect)
  .option('--component <id>', 'only what is judged on this one; may be repeated', collect)
  .option('--out <file>', 'default: stdout')
  .action((runs: string[], options) =>
    run(async () => (await import('./cli/questionnaire.ts')).questionnaireVerb(runs, options)),
  );

program
  .command('attach')
  .description("file a person's evidence under a criterion of a run")
  .argument('<run>')
  .requiredOption('--criterion <id>', 'the criterion that it speaks to')
  .requiredOption('--file <file>', 'a photograph, a log, a certificate')
  .requiredOption('--by <name>', 'who files it')
  .option('--component <id>', 'the component that it shows')
  .option('--note <text>', 'what it shows')
  .action((path: string, options) =>
    run(async () => (await import('./cli/attach.ts')).attachVerb(path, options, asJson())),
  );

program
  .command('report')
  .description('an assessment in another format')
  .argument('<assessment>', 'an assessment folder or assessment.json')
  .requiredOption('--format <format>')
  .option('--profile <file>', 'the profile it was judged by, where that is one of your own')
  .option('--out <file>', 'default: stdout')
  .action((assessment: string, options) =>
    run(async () => (await import('./cli/verbs.ts')).reportVerb(assessment, options)),
  );

program
  .command('verify')
  .description('check a sealed folder: its sums, its signature, its time stamp')
  .argument('<dir>')
  .option('--ca <ca.pem>', 'whose signatures and time stamps are trusted')
  .action((dir: string, options) =>
    run(async () => (await import('./cli/verify.ts')).verifyVerb(dir, options, asJson())),
  );

program
  .command('keygen')
  .description('a signing key and a self-signed certificate, for a lab that has none')
  .option('--out <dir>', 'folder for lab.key and lab.pem', '.')
  .option('--name <name>', 'common name of the certificate')
  .option('--days <n>', 'how long it is valid')
  .option('--rsa', 'RSA-3072 in place of ECDSA P-256')
  .action((options) => run(async () => (await import('./cli/keygen.ts')).keygenVerb(options, asJson())));

program
  .command('suitability')
  .description('test a known-bad and a known-good reference: is the bench fit to test anything?')
  .option('--reference <file>', 'a reference of your own, on the same segment; may be repeated', collect)
  .option('--when <when>', 'before or after the devices are tested', 'before')
  .option('--out <dir>', 'results folder', 'results')
  .action((options) =>
    run(async () => (await import('./cli/suitability-verb.ts')).suitabilityVerb(options, asJson(), print)),
  );

program
  .command('compare')
  .description('what changed between two assessments: the verdicts, the device, the test')
  .argument('<old>')
  .argument('<new>')
  .option('--format <format>', 'text, json or html')
  .option('--out <file>', 'default: stdout')
  .action((old: string, fresh: string, options) =>
    run(async () => (await import('./cli/compare.ts')).compareVerb(old, fresh, options, asJson(), print)),
  );

for (const [name, about] of [
  ['doctor', 'what this machine can do'],
  ['probes', 'the probes'],
  ['checks', 'the checks'],
  ['profiles', 'the profiles'],
  ['crosswalks', 'the mappings between standards'],
] as const) {
  program
    .command(name)
    .description(about)
    .action(() => run(async () => (await import('./cli/lists.ts')).listVerb(name, asJson())));
}

program
  .command('credentials')
  .description(
    'the list of default credentials, or of a file; `credentials import FILE` a list as others write it; `credentials lint [FILE]`',
  )
  .argument('[action]', 'list, import or lint')
  .argument('[file]')
  .option('--out <file>', 'with import; default: stdout')
  .option('--name <name>', 'with import: what reports call the list (default imported)')
  .option('--source <words>', 'with import: where it is from, for entries that do not say')
  .action((action: string | undefined, file: string | undefined, options) =>
    run(async () =>
      (await import('./cli/credentials-verb.ts')).credentialsVerb(action, file, options, asJson(), print, (text) => {
        process.stderr.write(text);
      }),
    ),
  );

program
  .command('explain')
  .description('a probe, check or criterion: what speaks to it, what nobody sees, what would settle it')
  .argument('<id>')
  .option('--profile <id>', 'look there alone; may be repeated', collect)
  .action((id: string, options) =>
    run(async () => (await import('./cli/lists.ts')).explainVerb(id, options.profile, asJson())),
  );

program
  .command('schema')
  .description(
    'the JSON schema of a file: product, lab, reference, profile, crosswalk, attestations, signers, dispositions, run, assessment, comparison, suitability',
  )
  .argument('<name>')
  .action((name: string) => run(async () => (await import('./cli/lists.ts')).schemaVerb(name)));

program
  .command('logins')
  .description('the ledger of login failures; `logins reset DEVICE` where the device was reset')
  .argument('[action]', 'reset')
  .argument('[device]')
  .option('--out <dir>', 'results folder', 'results')
  .action((action: string | undefined, device: string | undefined, options) =>
    run(async () => (await import('./cli/lists.ts')).loginsVerb(action, device, options.out, asJson())),
  );

try {
  program.parse();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
