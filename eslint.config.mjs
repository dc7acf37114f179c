import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

import { sortedTable } from './scripts/guards/sorted-table.rule.mjs';

// The rooms. A new one means a line here, and so a thought: `utils`, `helpers` and `misc` have no place to be.
const COMMON_ROOMS = [
  'adapters/embedded',
  'adapters/kafka',
  'adapters/redis',
  'adapters/system',
  'catalog',
  'config',
  'envelope',
  'errors',
  'inference',
  'nest',
  'payloads',
  'pipeline',
  'ports',
  'scaling',
  'telemetry',
];
const APP_ROOMS = {
  autoscaler: ['actuators', 'loop', 'signals'],
  cli: ['client', 'commands', 'graph', 'load', 'output', 'pipelines', 'up'],
  ingress: ['admin', 'dashboard', 'grpc', 'inference', 'rest'],
  'stage-worker': ['batch', 'executors', 'join', 'pool', 'worker'],
};
const TEST_ROOMS = ['architecture', 'bench', 'chaos', 'contract', 'e2e', 'fixtures', 'launcher', 'support'];
const roomFolders = [
  ...COMMON_ROOMS.map((room) => `libs/common/src/${room}`),
  ...Object.entries(APP_ROOMS).flatMap(([app, rooms]) => rooms.map((room) => `apps/${app}/src/${room}`)),
  ...TEST_ROOMS.map((room) => `test/${room}`),
  'pipelines/functions',
  'pipelines/models',
  'pipelines/samples',
  'scripts',
];

const BANNED_NAMES = ['utils', 'util', 'helpers', 'helper', 'misc', 'common', 'shared', 'stuff'];

const ban = (selector, message) => ({ selector, message });
const member = (object, property) => `MemberExpression[object.name='${object}'][property.name='${property}']`;
const CLOCK = 'Time comes through the Clock port.';
const RANDOM = 'Chance comes through the Random port.';

// Everywhere but at the doors themselves.
const environment = [ban(member('process', 'env'), 'The environment is read in *.config.ts only, through load-config.')];
const doors = [
  ban(member('Date', 'now'), CLOCK),
  ban(member('Math', 'random'), RANDOM),
  ban("NewExpression[callee.name='Date'][arguments.length=0]", CLOCK),
];
// In the domain, the core and the ports besides: no other clock, timer or source of chance either.
const inner = [
  ban(member('performance', 'now'), CLOCK),
  ban("CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate|queueMicrotask)$/]", 'Timers come through the Clock port.'),
  ban("CallExpression[callee.property.name='randomUUID'], CallExpression[callee.name='randomUUID']", RANDOM),
  ban("CallExpression[callee.property.name='getRandomValues']", RANDOM),
];
const portsOnly = [
  ban(':matches(FunctionDeclaration, ClassDeclaration, VariableDeclaration)', 'A port is types only; what runs lives in a driver or in the domain.'),
];
const always = [
  ban('TSEnumDeclaration', 'An enum is not erasable: use a union or a frozen table.'),
  ban('ExportAllDeclaration', 'A room names what it shows: no `export *`.'),
];

const DOMAIN = 'libs/common/src/{errors,inference,pipeline,envelope,scaling}/**/*.ts';
const PORTS = 'libs/common/src/ports/**/*.ts';
const CLAIM_CHECKS = 'libs/common/src/payloads/**/*.ts';
const CORE = ['apps/ingress/src/inference/**/*.ts', 'apps/stage-worker/src/{worker,join,batch}/**/*.ts', 'apps/autoscaler/src/loop/**/*.ts'];
const SPECS = '**/*.spec.ts';

const restrict = (...lists) => ({ 'no-restricted-syntax': ['error', ...[...always, ...lists.flat()]] });

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'data/**', 'pipelines/invalid/**', 'coverage/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/ban-ts-comment': 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'anywhere' }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
    },
  },
  {
    files: ['libs/**/*.ts', 'apps/**/*.ts', 'test/**/*.{ts,mjs}', 'pipelines/**/*.{ts,mjs}', 'scripts/**/*.{ts,mjs}'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': roomFolders.map((folder) => ({ type: folder, pattern: folder })),
      'boundaries/files': [
        { category: 'wiring', pattern: 'apps/*/src/*.ts' },
        { category: 'ambient', pattern: 'libs/common/domain-globals.d.ts' },
      ],
    },
    rules: { 'boundaries/no-unknown-files': 'error' },
  },
  { files: ['libs/**/*.ts', 'apps/**/*.ts'], rules: restrict(environment, doors) },
  { files: [DOMAIN, CLAIM_CHECKS, ...CORE], rules: restrict(environment, doors, inner) },
  { files: [PORTS], rules: restrict(environment, doors, inner, portsOnly) },
  { files: ['**/*.config.ts'], rules: restrict(doors) },
  { files: ['libs/common/src/adapters/system/system-{clock,random}.ts'], rules: restrict(environment) },
  {
    files: ['**/registry.ts', 'libs/common/src/errors/codes.ts'],
    plugins: { house: { rules: { 'sorted-table': sortedTable } } },
    rules: { 'house/sorted-table': 'error' },
  },
  // A log line carries the time at which it is written, as the JSON writer stamps it.
  { files: ['libs/common/src/telemetry/logger.ts'], rules: restrict(environment) },
  // The command line program is a tool at the outer rim: it times requests and reports dates, but its pure files take them in.
  { files: ['apps/cli/src/{commands,client}/**/*.ts'], rules: restrict(environment) },
  { files: ['apps/cli/src/output/**/*.ts', 'apps/cli/src/main.ts'], rules: { 'no-console': 'off' } },
  { files: [SPECS, 'test/**/*.ts', 'scripts/**/*.ts', 'pipelines/**/*.ts'], rules: { ...restrict([]), 'no-console': 'off' } },
  {
    files: BANNED_NAMES.flatMap((name) => [`**/${name}.*`, `**/*.${name}.*`, `{libs/common/src,apps/*/src,test,scripts,pipelines}/**/${name}/**`]),
    rules: { 'no-restricted-syntax': ['error', ban('Program', 'Name what the file does; utils, helpers and misc are not names.')] },
  },
);
