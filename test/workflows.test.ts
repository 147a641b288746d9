import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  jobs: Record<string, { 'timeout-minutes'?: number; permissions?: Record<string, string>; steps: Step[] }>;
}

const FOLDER = join(import.meta.dirname, '../.github/workflows');
const texts = readdirSync(FOLDER).map((file): [string, string] => [file, readFileSync(join(FOLDER, file), 'utf8')]);
const workflows = texts.map(([file, text]): [string, Workflow] => [file, parse(text) as Workflow]);
const stepsOf = ({ jobs }: Workflow): Step[] => Object.values(jobs).flatMap(({ steps }) => steps);
const workflow = (file: string): Workflow => workflows.find(([name]) => name === file)![1];

test.each(texts)('%s pins each action by commit, with its version beside it', (_, text) => {
  const used = [...text.matchAll(/^\s*(?:- )?uses: (.+)$/gm)].map(([, action]) => action);
  expect(used.length).toBeGreaterThan(0);
  for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test('all workflows use the same commit of an action', () => {
  const commits = new Map<string, Set<string>>();
  for (const [, text] of texts) {
    for (const [, action = '', commit = ''] of text.matchAll(/uses: ([\w/-]+)@([0-9a-f]{40})/g)) {
      commits.set(action, (commits.get(action) ?? new Set()).add(commit));
    }
  }
  for (const [action, used] of commits) expect([action, used.size]).toEqual([action, 1]);
});

describe.each(workflows)('%s', (file, { on, permissions, jobs }) => {
  test('may only read, unless one of its jobs needs more', () => {
    expect(permissions).toEqual({ contents: 'read' });
    expect(on).not.toHaveProperty('pull_request_target');
  });

  test('has jobs that end, and leave no credentials for later steps', () => {
    for (const job of Object.values(jobs)) {
      expect(job['timeout-minutes']).toBeLessThanOrEqual(file === 'nightly.yml' ? 180 : 60);
      for (const { uses, with: inputs } of job.steps) {
        if (uses?.startsWith('actions/checkout@')) expect(inputs).toEqual({ 'persist-credentials': false });
      }
    }
  });

  test('puts no text of an event into a script', () => {
    for (const { run = '' } of stepsOf({ on, jobs })) expect(run).not.toContain('${{ github.event');
  });
});

test('the packages are checked on each change', () => {
  expect(stepsOf(workflow('ci.yml')).map(({ run }) => run)).toContain('npm run check:packages');
});

test('a release has tests, provenance and a bill of materials', () => {
  const release = workflow('release.yml');
  expect(Object.keys(release.on)).toEqual(['push']);
  expect(release.jobs['publish']).toMatchObject({ needs: 'tests', permissions: { 'id-token': 'write' } });
  const scripts = stepsOf(release).map(({ run = '' }) => run);
  expect(scripts).toContain('npm run pack');
  for (const tarball of ['holdfast-client-*.tgz', 'holdfast-[0-9]*.tgz']) {
    expect(scripts).toContain(`npm publish ./packed/${tarball} --provenance --access public`);
  }
  expect(scripts).toContainEqual(expect.stringMatching(/^npm sbom --sbom-format cyclonedx .*--omit dev/));
});

test('changesets raise the version in a pull request, and a tag publishes the image after the tests', () => {
  const job = workflow('version.yml').jobs['pull-request'];
  expect(job?.permissions).toEqual({ contents: 'write', 'pull-requests': 'write' });
  const { version } = job?.steps.at(-1)?.with ?? {};
  expect(version).toBe('npm run version:packages');

  const image = workflow('image.yml');
  expect(image.on).toEqual(workflow('release.yml').on);
  expect(image.jobs['build']).toMatchObject({ needs: 'tests' });
  const built = stepsOf(image).map(({ run = '' }) => run);
  expect(built).toContainEqual(expect.stringMatching(/^docker buildx build .*--provenance mode=max --sbom true/));
});

test('changes are analyzed by CodeQL, and new dependencies are reviewed', () => {
  const uses = stepsOf(workflow('security.yml')).map(({ uses: action = '' }) => action.split('@', 1)[0]);
  expect(uses).toEqual(expect.arrayContaining(['github/codeql-action/analyze', 'actions/dependency-review-action']));
});

test('what takes too long for each change runs each night', () => {
  const { on, jobs } = workflow('nightly.yml');
  expect(on).toHaveProperty('schedule');
  const scripts = stepsOf({ on, jobs }).map(({ run = '' }) => run);
  expect(scripts).toEqual(
    expect.arrayContaining(['npm run test:faults', expect.stringMatching(/mutation/), expect.stringMatching(/soak/)]),
  );
});
