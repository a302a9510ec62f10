import type { VNode } from 'preact';
import { render } from 'preact-render-to-string';
import type { Sha256 } from '../model/fact.ts';
import { kindOf } from './evidence-bytes.ts';
import { byNeed, type EvidenceOf, evidenceOf, type Owner } from './evidence-files.ts';
import { EVIDENCE_STYLE } from './evidence-style.ts';
import { transcriptOf } from './evidence-transcript.ts';
import {
  BOUNDS,
  connectionWords,
  includesMark,
  MARK,
  Panes,
  RedactedMark,
  TranscriptView,
} from './evidence-transcript-view.tsx';
import { factWords } from './fact-words.ts';
import { Id } from './html-parts.tsx';
import { page } from './page.tsx';
import type { ReportInput } from './report.ts';
import { count, grouped, visible } from './text.ts';
import { targetOf, viewOf } from './view.ts';
import { timeWords, VERDICT_NAMES } from './words.ts';

/** File name of the page that shows the evidence, beside the report. */
export const VIEWER = 'evidence.html';

/** The page that the findings stand on. */
const REPORT = 'report.html';

/** Characters of this page that show bytes; what does not fit is named, and lies in the run. */
const ROOM = 1_400_000;
/** Owners and findings of one file that are named one by one. */
const MOST_OWNERS = 12;

/** The anchor of one evidence file on that page. */
export const evidenceAnchor = (digest: Sha256): string => `evidence-${digest.slice(0, 16)}`;

const Owners = ({ owners }: { owners: readonly Owner[] }): VNode => (
  <ul>
    {owners.slice(0, MOST_OWNERS).map(({ attempt, observation, anchor }) => (
      <li>
        <a href={`${REPORT}#${anchor}`}>
          <Id>{observation?.id ?? attempt.id}</Id>
        </a>{' '}
        {observation === undefined
          ? 'the attempt as a whole'
          : `${timeWords(observation.at)}: ${visible(factWords(observation.fact), 300)}`}
      </li>
    ))}
    {owners.length > MOST_OWNERS ? (
      <li>
        and {grouped(owners.length - MOST_OWNERS)} more in the run’s <code>attempts.jsonl</code>
      </li>
    ) : null}
  </ul>
);

const Resting = ({ findings }: Pick<EvidenceOf, 'findings'>): VNode | null =>
  findings.length === 0 ? null : (
    <p>
      Findings that rest on it:{' '}
      {findings.slice(0, MOST_OWNERS).map(({ name, anchor, finding }, index) => (
        <>
          {index > 0 ? ', ' : ''}
          <a href={`${REPORT}#${anchor}`}>{name}</a> {VERDICT_NAMES[finding.verdict].toLowerCase()}
        </>
      ))}
      {findings.length > MOST_OWNERS ? ` and ${grouped(findings.length - MOST_OWNERS)} more` : ''}
    </p>
  );

/** Bytes that are no transcript: their beginning and their end. */
const Raw = ({ bytes }: { bytes: Uint8Array }): VNode => {
  const whole = bytes.length <= BOUNDS.head + BOUNDS.tail;
  const end = bytes.length - BOUNDS.tail;
  return (
    <>
      {includesMark(bytes) ? (
        <p class="note">
          <code>{MARK}</code> below is a secret’s place, or the device’s own words: the transcript that this is from
          says which.
        </p>
      ) : null}
      <Panes bytes={whole ? bytes : bytes.subarray(0, BOUNDS.head)} offset={0} />
      {whole ? null : (
        <>
          <p class="note">{count(end - BOUNDS.head, 'byte')} are not shown here; the evidence file has them.</p>
          <Panes bytes={bytes.subarray(end)} offset={end} />
        </>
      )}
    </>
  );
};

const File = ({ file, bytes }: { file: EvidenceOf; bytes: Uint8Array | undefined }): VNode => {
  const transcript = bytes && transcriptOf(bytes);
  const what = transcript
    ? `Transcript: ${visible(connectionWords(transcript), 200)}`
    : bytes
      ? `Stored bytes: ${kindOf(bytes)}`
      : 'Missing';
  return (
    <section class="file" id={evidenceAnchor(file.digest)}>
      <h4>{what}</h4>
      <p>
        {bytes
          ? `${count(bytes.length, 'byte')}${transcript ? ' of JSON' : ''}, `
          : 'The run names this file, and it could not be read: '}
        <FileLink file={file} />
      </p>
      <Owners owners={file.owners} />
      <Resting findings={file.findings} />
      {transcript ? <TranscriptView transcript={transcript} /> : bytes ? <Raw bytes={bytes} /> : null}
    </section>
  );
};

const FileLink = ({ file: { href, digest } }: { file: EvidenceOf }): VNode =>
  href === undefined ? (
    <>
      evidence file <code>{visible(digest)}</code>
    </>
  ) : (
    <a href={href}>
      evidence file <code>{visible(digest)}</code>
    </a>
  );

const Unshown = ({ file }: { file: EvidenceOf }): VNode => (
  <p class="unshown" id={evidenceAnchor(file.digest)}>
    Not shown, for this page is full: <FileLink file={file} />
  </p>
);

/** Each file as HTML: what failing findings rest on first gets room, and the files keep their order. */
const rendered = (
  files: readonly EvidenceOf[],
  read: (digest: Sha256) => Uint8Array | undefined,
): { html: ReadonlyMap<EvidenceOf, string>; unshown: number } => {
  const html = new Map<EvidenceOf, string>();
  let room = ROOM;
  let unshown = 0;
  for (const file of byNeed(files)) {
    const text = room > 0 ? render(<File file={file} bytes={read(file.digest)} />) : '';
    if (text !== '' && text.length <= room) html.set(file, text);
    else {
      unshown++;
      html.set(file, render(<Unshown file={file} />));
    }
    room -= text.length;
  }
  return { html, unshown };
};

/** Files one after the other under the attempts that name them first. */
const grouping = (files: readonly EvidenceOf[]): { owner: Owner; files: EvidenceOf[] }[] => {
  const groups = new Map<unknown, { owner: Owner; files: EvidenceOf[] }>();
  for (const file of files) {
    const [owner] = file.owners;
    const group = groups.get(owner.attempt) ?? { owner, files: [] };
    group.files.push(file);
    groups.set(owner.attempt, group);
  }
  return [...groups.values()];
};

const Head = ({ input, files, unshown }: { input: ReportInput; files: number; unshown: number }): VNode => (
  <header>
    <p class="kicker">Evidence behind a security report</p>
    <h1>{visible(targetOf(input)?.id ?? input.assessment.target, 200)}</h1>
    <p class="sub">
      <a href={REPORT}>To the report</a>. {count(input.runs.length, 'run')}, {count(files, 'evidence file')}
      {unshown > 0 ? `, ${grouped(unshown)} of them only named here` : ''}.
    </p>
    <p>
      Every file is named by the SHA-256 of its bytes, and the seal of its run covers it; this page shows files and
      checks none. Line ends break the line, other unseen characters are shown as pictures or by their numbers. What the
      device sent stands at the right edge, what was sent to it at the left one.
    </p>
    <p>
      <RedactedMark secret="the secret’s name" /> is a place where a secret was taken out before the file was hashed;
      only such a frame says so. The same words without a frame are the device’s own.
    </p>
  </header>
);

/**
 * The evidence page: every evidence file of the runs with the attempts and observations that name it, as a two-sided
 * transcript where it is one. Bounded a file and as a whole, and says what it leaves out. Undefined where the runs have
 * no evidence. `read` gives the bytes of a file, undefined for one that is missing.
 */
export const renderEvidence = (
  input: ReportInput,
  read: (digest: Sha256) => Uint8Array | undefined,
): string | undefined => {
  const files = evidenceOf(input, viewOf(input));
  if (files.length === 0) return undefined;
  const { html, unshown } = rendered(files, read);
  const groups = grouping(files);
  const body = groups.map(({ owner: { run, attempt, anchor: _ }, files: own }, index) => {
    const first = groups[index - 1]?.owner.run !== run;
    const title = render(
      <>
        {first ? <h2 class="part">Run {run.id}</h2> : null}
        <h3>
          <Id>{attempt.id}</Id>
        </h3>
      </>,
    );
    return title + own.map((file) => html.get(file)).join('');
  });
  const title = `${targetOf(input)?.id ?? input.assessment.target}: evidence`;
  const head = render(<Head input={input} files={files.length} unshown={unshown} />);
  return page(title, `${head}<main>${body.join('')}</main>`, EVIDENCE_STYLE);
};
