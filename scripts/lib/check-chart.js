// Lints and renders the Helm chart with each file of its folder ci, and checks what must hold in each cluster.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

const CHART = 'deploy/helm/holdfast';
/** The oldest version that the chart accepts, because a newer one knows all of its fields. */
const OLDEST = /\d+\.\d+\.\d+/.exec(parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')).kubeVersion)[0];
const problems = [];

const helm = (...args) => spawnSync(process.env.HOLDFAST_HELM ?? 'helm', args, { encoding: 'utf8' });
const render = (...values) => helm('template', 'shop', CHART, '--kube-version', OLDEST, ...values);

const must = (file, condition, text) => {
  if (!condition) problems.push(`${file}: ${text}`);
};

for (const name of readdirSync(join(CHART, 'ci'))) {
  const file = join(CHART, 'ci', name);
  const lint = helm('lint', CHART, '--strict', '--kube-version', OLDEST, '--values', file);
  must(file, lint.status === 0, `helm lint: ${lint.stdout}${lint.stderr}`);
  const { status, stdout, stderr } = render('--values', file);
  must(file, status === 0, `helm template: ${stderr}`);
  if (status === 0) checkObjects(file, parse(readFileSync(file, 'utf8')), stdout);
}

function checkObjects(file, values, yaml) {
  const documents = parseAllDocuments(yaml);
  for (const { errors } of documents) must(file, errors.length === 0, `not YAML: ${errors.join()}`);
  const objects = documents.map((document) => document.toJS()).filter(Boolean);
  const kindOf = (kind) => objects.find((object) => object.kind === kind);
  const { spec } = kindOf('Deployment').spec.template;
  const [container] = spec.containers;
  const isShared = values.store !== 'embedded';
  must(file, !kindOf('Secret'), 'the chart must not create a secret');
  must(file, container.envFrom[0].secretRef.name === values.existingSecret, 'the secret is not the given one');
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    must(file, container[probe]?.httpGet.port === 'health', `${probe} is not on the port of health checks`);
  }
  const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } = container.securityContext;
  const isHardened = allowPrivilegeEscalation === false && readOnlyRootFilesystem && capabilities.drop[0] === 'ALL';
  must(file, isHardened && spec.securityContext.runAsNonRoot, 'the container has privileges');
  must(file, Boolean(kindOf('PersistentVolumeClaim')) !== isShared, 'only the embedded store has a volume');
  must(file, Boolean(kindOf('PodDisruptionBudget')) === (isShared && values.replicas !== 1), 'the disruption budget');
  for (const { name, value } of container.env) {
    const given = values.settings[name];
    must(file, given === undefined || value === String(given), `${name} is ${value}`);
  }
  checkPolicy(file, values.networkPolicy ?? {}, kindOf('NetworkPolicy'));
}

/** The metrics are open to nobody, and calls leave to anywhere, where the values do not say it otherwise. */
function checkPolicy(file, { metricsFrom = [], egressTo = [] }, policy) {
  const peersOf = (port) => policy.spec.ingress.find(({ ports }) => ports[0].port === port)?.from ?? [];
  must(file, peersOf('api').length > 0, 'the API has no peers, so it is open to all networks');
  must(file, peersOf('metrics').length === metricsFrom.length, 'the peers of the metrics are not the given ones');
  must(file, peersOf('health').length === 0, 'only the kubelet needs the health checks');
  const isOpen = policy.spec.egress.some((rule) => Object.keys(rule).length === 0);
  must(file, isOpen === (egressTo.length === 0), 'what the pods may call is not what was given');
}

const COMPLETE = ['--values', join(CHART, 'ci/redis-values.yaml')];
const REFUSED = {
  existingSecret: ['--set', 'existingSecret='],
  repository: ['--set', 'image.repository='],
  digest: ['--set', 'image.digest=sha256:short'],
  TRUST_PROXY: ['--set', 'settings.TRUST_PROXY='],
  OPERATOR_KEY: ['--set', 'settings.OPERATOR_KEY=in-a-values-file'],
  STRIPE_WEBHOOK_SECRET: ['--set', 'settings.STRIPE_WEBHOOK_SECRET=whsec_1'],
  PORT: ['--set', 'settings.PORT=8080'],
  CLIENT_KEYS: ['--set', 'settings.CLIENT_KEYS=true'],
  store: ['--set', 'store=memory'],
};
for (const [name, values] of Object.entries(REFUSED)) {
  const { status, stderr } = render(...COMPLETE, ...values);
  must(values.join(' '), status !== 0 && stderr.includes(name), `must be refused with its name: ${stderr}`);
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length === 0) process.stdout.write('the chart is sound\n');
process.exit(problems.length === 0 ? 0 : 1);
