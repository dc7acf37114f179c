// The rules of direction: who may import whom. Each rule has a name and says why; test/architecture plants a violation of each
// and expects that name. Type-only imports count too: a type from the wrong room couples as much as a value.
//
//   wiring   main.ts, *.module.ts, files straight under apps/<app>/src      everything of its own app, all of libs/common
//   edges    rest/ grpc/ dashboard/                                         core, inference, errors, Nest
//   core     ingress/inference, stage-worker/{worker,join,batch}, autoscaler/loop   ports, catalog, payloads, domain; no node:, npm or Nest
//   leaves   executors/ pool/ signals/ actuators/                           their port, ports, domain, one driver package or node:
//   libs     nest -> adapters, catalog, payloads, telemetry, config -> ports -> domain

const COMMON = '^libs/common/src/';
const SPECS = '\\.spec\\.ts$';
// From the bottom up: each room may import those before it.
const DOMAIN = ['errors', 'inference', 'envelope', 'pipeline', 'scaling'];
const domainAndPorts = [...DOMAIN, 'ports'].join('|');
const LOW_ROOMS = 'catalog|payloads|telemetry|config';

const CORE = '^apps/(ingress/src/inference|stage-worker/src/(worker|join|batch)|autoscaler/src/loop)/';
const EDGES = '^apps/[^/]+/src/(rest|grpc|dashboard)/';
const LEAVES = '^apps/(stage-worker/src/(executors|pool)|autoscaler/src/(signals|actuators))/';
const WIRING = ['^apps/[^/]+/src/[^/]+\\.ts$', '\\.module\\.ts$'];
const CLI = '^apps/cli/src/';
const UP = '^apps/cli/src/(up/|commands/up\\.command\\.ts$)';

// A package resolves into node_modules; one that is not installed keeps its bare name.
const npm = (...names) => `(^|node_modules/)(${names.join('|')})(/|$)`;
const NPM_KINDS = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];
const NEST = npm('@nestjs', 'reflect-metadata', 'rxjs');

// Logic by tables: these compute and nothing else, and so may lean only on what does the same. Types may come from anywhere below.
const PURE = [
  '^apps/cli/src/load/arrivals\\.ts$',
  '^apps/ingress/src/inference/(admission|time-limit)\\.ts$',
  '^apps/stage-worker/src/batch/(batch-policy|stack)\\.ts$',
  '^apps/stage-worker/src/executors/ensemble/combine\\.ts$',
  '^apps/stage-worker/src/worker/(backoff|credits|outcome)\\.ts$',
  '^libs/common/src/adapters/embedded/(groups|log)\\.ts$',
  '^libs/common/src/adapters/kafka/(micro-batch|offset-tracker|partitioner|topic-plan)\\.ts$',
];

// Package or built-in module -> the only place in libs and apps that may import it.
const HOMES = {
  '@kubernetes/client-node': '^apps/autoscaler/src/actuators/kubernetes',
  '@platformatic/kafka': '^libs/common/src/adapters/kafka/platformatic/',
  'cli-table3': CLI,
  commander: CLI,
  dockerode: '^apps/autoscaler/src/actuators/docker',
  'es-module-lexer': '^libs/common/src/adapters/system/',
  fastify: '^apps/ingress/src/',
  'hdr-histogram-js': '^apps/cli/src/load/',
  ioredis: '^libs/common/src/adapters/redis/',
  kafkajs: '^libs/common/src/adapters/kafka/kafkajs/',
  lmdb: '^libs/common/src/adapters/embedded/',
  'node:sqlite': '^libs/common/src/adapters/embedded/',
  'onnxruntime-node': '^apps/stage-worker/src/executors/onnx/',
  pino: '^libs/common/src/telemetry/',
  'prom-client': '^libs/common/src/telemetry/',
  protobufjs: '^libs/common/src/adapters/system/',
  sharp: '^pipelines/',
  undici: '^apps/(cli/src/client|stage-worker/src/executors/http)/',
  yaml: '^libs/common/src/adapters/system/',
};

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const files = (path, ...pathNot) => ({ path, pathNot: [SPECS, ...pathNot] });

const general = [
  rule('no-cycles', 'Two files that need each other are one file, or miss a third.', {}, { circular: true }),
  rule('no-orphans', 'A file nobody imports is dead, or a test of nothing.', { orphan: true, path: ['^libs/', '^apps/'], pathNot: ['\\.d\\.ts$', SPECS] }, {}),
  rule('everything-resolves', 'What does not resolve here breaks at run time; deep imports of a room end here too. (One benchmark compares with a package that is not installed.)', { path: ['^libs/', '^apps/', '^test/'], pathNot: '^test/bench/embedded-store/' }, { couldNotResolve: true, dependencyTypesNot: ['core'] }),
  rule('code-imports-no-tests', 'Specs and test support are not shipped.', files(['^libs/', '^apps/']), { path: [SPECS, '^test/'] }),
  rule('code-imports-no-dev-package', 'A server is installed without development packages.', files(['^libs/', '^apps/']), { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] }),
];

const libs = [
  ...DOMAIN.map((room, place) =>
    rule(
      place === 0 ? 'errors-are-the-floor' : `${room}-imports-lower-domain`,
      place === 0 ? 'Errors are imported by all and import nothing.' : `The domain rests on itself: ${room} imports ${DOMAIN.slice(0, place).join(', ')} and zod, nothing else.`,
      files(`${COMMON}${room}/`),
      { pathNot: [`${COMMON}(${DOMAIN.slice(0, place + 1).join('|')})/`, ...(place === 0 ? [] : [npm('zod')])] },
    ),
  ),
  rule('ports-import-domain', 'A port knows no driver, no framework and no Node.', files(`${COMMON}ports/`), { pathNot: `${COMMON}(${domainAndPorts})/` }),
  rule('ports-import-types-only', 'A port is a contract: nothing of it is left at run time.', files(`${COMMON}ports/`), { pathNot: `${COMMON}ports/`, dependencyTypesNot: ['type-only'] }),
  rule(
    'adapter-imports-ports-and-domain',
    'A driver serves ports; it knows no other driver, no configuration and no glue.',
    files(`${COMMON}adapters/([^/]+)/`),
    { path: '^(libs|apps|test|pipelines|scripts)/', pathNot: [`${COMMON}(${domainAndPorts})/`, `${COMMON}adapters/$1/`] },
  ),
  rule(
    'low-rooms-stay-low',
    'Catalog, payloads, telemetry and config are used by everything above: they import ports and domain only.',
    files(`${COMMON}(${LOW_ROOMS})/`),
    { path: '^(libs|apps|test|pipelines|scripts)/', pathNot: [`${COMMON}(${domainAndPorts})/`, `${COMMON}$1/`] },
  ),
  rule('common-never-imports-apps', 'Libraries lie below apps.', { path: '^libs/' }, { path: '^apps/' }),
];

const apps = [
  rule('apps-never-import-apps', 'Apps meet through the bus, never in code. Only `up` runs several in one process.', { path: '^apps/([^/]+)/', pathNot: UP }, { path: '^apps/', pathNot: '^apps/$1/' }),
  rule('up-imports-app-indexes', 'A relative import of another app compiles and then breaks in dist: `#apps/*` leads to its index.', { path: UP }, { path: '^apps/', pathNot: [CLI, '^apps/[^/]+/src/index\\.ts$'] }),
  rule('core-imports-no-node-or-npm', 'The core is plain: whatever it needs from outside comes through a port.', files(CORE), { dependencyTypes: ['core', ...NPM_KINDS] }),
  rule('core-imports-ports-and-domain', 'The core sees ports, catalog, payloads and domain of libs/common, no adapter, no glue.', files(CORE), { path: '^libs/', pathNot: `${COMMON}(${domainAndPorts}|catalog|payloads)/` }),
  rule('core-imports-no-edge-or-wiring', 'Edges and wiring call the core, never the reverse.', files(CORE), { path: [EDGES, ...WIRING] }),
  rule('core-sees-leaves-as-types', 'The core is handed its executors, signals and actuators; it knows their port alone.', files(CORE), { path: LEAVES, dependencyTypesNot: ['type-only'] }),
  rule('edges-import-no-port', 'An edge translates and calls the core; of libs/common it needs inference and errors.', files(EDGES), { path: '^libs/', pathNot: `${COMMON}(errors|inference)/` }),
  rule('edges-import-no-edge', 'REST, gRPC and dashboard are siblings over one core.', files('^apps/([^/]+)/src/(rest|grpc|dashboard)/'), { path: EDGES, pathNot: '^apps/$1/src/$2/' }),
  rule('leaves-import-ports-and-domain', 'A leaf knows its port, the ports and the domain.', files(LEAVES), { path: '^libs/', pathNot: `${COMMON}(${domainAndPorts})/` }),
  rule('leaves-import-no-core', 'Leaves hang below the core and know neither it nor wiring nor edges.', files(LEAVES), { path: [CORE, EDGES, ...WIRING] }),
  rule('leaves-import-no-leaf', 'Only the pool, itself an executor, hosts other leaves.', files('^apps/([^/]+)/src/(executors|signals|actuators)/'), { path: LEAVES, pathNot: '^apps/$1/src/$2/' }),
  rule('only-wiring-imports-adapters', 'Which driver serves a port is decided in one place.', { path: ['^apps/'], pathNot: [SPECS, ...WIRING, CLI] }, { path: `${COMMON}(adapters|nest|config)/` , pathNot: `${COMMON}config/` }),
  rule('only-wiring-imports-config', 'The environment is read in *.config.ts and handed down.', { path: ['^apps/'], pathNot: [SPECS, ...WIRING, CLI, '\\.config\\.ts$'] }, { path: `${COMMON}config/` }),
  rule('nest-stays-outside', 'Nest is glue: wiring, edges and #common/nest only.', { path: ['^apps/', '^libs/'], pathNot: [SPECS, ...WIRING, EDGES, UP, `${COMMON}nest/`] }, { path: NEST }),
  rule('pure-imports-pure', 'A pure file that calls an impure one is not pure any more.', files(PURE), { pathNot: [`${COMMON}(${DOMAIN.join('|')})/`, ...PURE], dependencyTypesNot: ['type-only'] }),
  rule('common-rooms-by-index', 'A room of libs/common is entered by its index.', { path: `${COMMON}(adapters/[^/]+|[^/]+)/` , pathNot: SPECS }, { path: COMMON, pathNot: [`${COMMON}$1/`, '/index\\.ts$'] }),
  rule('common-rooms-by-index-from-outside', 'A room of libs/common is entered by its index.', { pathNot: [COMMON, SPECS, '^test/'] }, { path: COMMON, pathNot: '/index\\.ts$' }),
  rule('app-rooms-by-index', 'A room of an app is entered by its index; the command line program is one room.', { path: '^apps/([^/]+)/src/([^/]+)', pathNot: [SPECS, CLI] }, { path: '^apps/[^/]+/src/[^/]+/', pathNot: ['^apps/$1/src/$2/', '^apps/[^/]+/src/[^/]+/index\\.ts$', CLI] }),
];

const drivers = Object.entries(HOMES).map(([name, home]) =>
  rule(`home-of-${name.replace(/^@/, '').replace(/[/:]/g, '-')}`, `${name} is imported in its home only: another driver then means another folder, not a search.`, {
    path: ['^libs/', '^apps/'],
    pathNot: [SPECS, home],
  }, { path: name.startsWith('node:') ? `^(node:)?${name.slice('node:'.length)}$` : npm(name) }),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [...general, ...libs, ...apps, ...drivers],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.base.json' },
    // `source` leads #common/* to the sources; without it every import would end in dist, outside of all rules.
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import', 'node', 'default', 'types'], extensions: ['.ts', '.mjs', '.js', '.cjs', '.d.ts'] },
  },
};
