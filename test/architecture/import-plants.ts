import type { Plant } from './planted-tree.ts';

const COMMON = 'libs/common/src';
const WORKER = 'apps/stage-worker/src';
const INGRESS = 'apps/ingress/src';
const CORE_FILE = `${WORKER}/join/planted`;

const imports = (...specifiers: string[]): string => `${specifiers.map((specifier) => `import '${specifier}';`).join('\n')}\n`;

const plant = (rule: string, file: string, ...specifiers: string[]): Plant => ({ rule, file, text: imports(...specifiers) });

/** One violation for each rule of .dependency-cruiser.cjs but the homes of packages. */
export const IMPORT_PLANTS: readonly Plant[] = [
  { ...plant('no-cycles', `${COMMON}/catalog/cycle-a.ts`, './cycle-b.ts'), beside: { [`${COMMON}/catalog/cycle-b.ts`]: imports('./cycle-a.ts') } },
  { rule: 'no-orphans', file: `${COMMON}/catalog/orphan.ts`, text: 'export const ORPHAN = 1;\n' },
  plant('everything-resolves', `${COMMON}/catalog/deep.ts`, '#common/pipeline/compile'),
  { ...plant('code-imports-no-tests', `${COMMON}/catalog/tested.ts`, './tested.spec.ts'), beside: { [`${COMMON}/catalog/tested.spec.ts`]: '' } },
  plant('code-imports-no-dev-package', `${COMMON}/telemetry/dev.ts`, 'fast-check'),

  plant('errors-are-the-floor', `${COMMON}/errors/planted.ts`, '../inference/index.ts'),
  plant('inference-imports-lower-domain', `${COMMON}/inference/planted.ts`, 'node:buffer'),
  plant('envelope-imports-lower-domain', `${COMMON}/envelope/planted.ts`, '../pipeline/index.ts'),
  plant('pipeline-imports-lower-domain', `${COMMON}/pipeline/planted.ts`, '../scaling/index.ts'),
  plant('scaling-imports-lower-domain', `${COMMON}/scaling/planted.ts`, '#common/adapters/system'),
  plant('ports-import-domain', `${COMMON}/ports/planted.ts`, 'zod'),
  plant('ports-import-types-only', `${COMMON}/ports/values.ts`, '../errors/index.ts'),
  plant('adapter-imports-ports-and-domain', `${COMMON}/adapters/embedded/planted.ts`, '#common/adapters/system'),
  plant('low-rooms-stay-low', `${COMMON}/telemetry/planted.ts`, '#common/config'),
  plant('common-never-imports-apps', `${COMMON}/nest/planted.ts`, '#apps/ingress'),
  plant('common-rooms-by-index', `${COMMON}/catalog/by-file.ts`, '../errors/codes.ts'),
  plant('common-rooms-by-index-from-outside', `${INGRESS}/inference/by-file.ts`, '../../../../libs/common/src/errors/codes.ts'),

  plant('apps-never-import-apps', `${INGRESS}/planted.ts`, '#apps/stage-worker'),
  plant('up-imports-app-indexes', 'apps/cli/src/up/planted.ts', '../../../ingress/src/rest/index.ts'),
  plant('core-imports-no-node-or-npm', `${CORE_FILE}-node.ts`, 'node:crypto', 'zod'),
  plant('core-imports-ports-and-domain', `${CORE_FILE}-adapter.ts`, '#common/adapters/embedded'),
  plant('core-imports-no-edge-or-wiring', `${INGRESS}/inference/planted.ts`, '../rest/index.ts'),
  plant('core-sees-leaves-as-types', `${CORE_FILE}-leaf.ts`, '../executors/index.ts'),
  plant('edges-import-no-port', `${INGRESS}/rest/planted.ts`, '#common/ports'),
  plant('edges-import-no-edge', `${INGRESS}/grpc/planted.ts`, '../rest/index.ts'),
  plant('leaves-import-ports-and-domain', `${WORKER}/pool/planted.ts`, '#common/catalog'),
  plant('leaves-import-no-core', `${WORKER}/pool/planted-core.ts`, '../worker/index.ts'),
  plant('leaves-import-no-leaf', `${WORKER}/executors/planted.ts`, '../pool/index.ts'),
  plant('only-wiring-imports-adapters', `${INGRESS}/rest/planted-adapter.ts`, '#common/adapters/system'),
  plant('only-wiring-imports-config', `${WORKER}/pool/planted-config.ts`, '#common/config'),
  plant('nest-stays-outside', `${WORKER}/pool/planted-nest.ts`, '@nestjs/common'),
  plant('pure-imports-pure', `${WORKER}/executors/ensemble/combine.ts`, '../registry.ts'),
  plant('app-rooms-by-index', `${WORKER}/worker/by-file.ts`, '../join/join.ts'),
];

/** A place that is the home of no package. */
export const homePlant = (rule: string, packageName: string): Plant => plant(rule, `${CORE_FILE}-${rule}.ts`, packageName);
